export { confirmBinding } from './answer-binding.ts';

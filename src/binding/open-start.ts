export { openStart } from './follow-link.ts';

import type { PlatformAccount } from './platform.ts';

const password = 'Bindery-demo-2026';

/** `yun` and `yun-food` have one verified owner; `gao` is somebody else. */
export const PEOPLE: readonly PlatformAccount[] = [
  { id: 'p-1001', login: 'yun', name: '云朵', password, ownerReference: 'owner-71' },
  { id: 'p-1002', login: 'yun-food', name: '云朵的厨房', password, ownerReference: 'owner-71' },
  { id: 'p-1003', login: 'gao', name: '高山', password, ownerReference: 'owner-72' },
];

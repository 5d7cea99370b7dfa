/**
 * What something sealed may be opened for. Each opening is audited with one of these, and owners
 * see it.
 */
// biome-ignore format: a table is read by its columns
export const PURPOSES = {
  verification:  'sent to the register or the bank that confirms it',
  review:        'shown to a reviewer who decides a case',
  own_data:      'shown or handed to the owner',
  correction:    'compared with what the owner corrects',
  lawful_demand: 'handed out because the law demands it',
} as const;

export type Purpose = keyof typeof PURPOSES;

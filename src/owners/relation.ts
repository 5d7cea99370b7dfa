/** How two owners are related. Each word reads the same from both sides. */
export const RELATIONS = [
  'spouse',
  'parent_child',
  'sibling',
  'in_law',
  'business',
  'other',
] as const;

export type Relation = (typeof RELATIONS)[number];

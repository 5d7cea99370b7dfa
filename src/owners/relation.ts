/** How two owners are related; every word reads the same from either side. */
export const RELATIONS = [
  'spouse',
  'parent_child',
  'sibling',
  'in_law',
  'business',
  'other',
] as const;

export type Relation = (typeof RELATIONS)[number];

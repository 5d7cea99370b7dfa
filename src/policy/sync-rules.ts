import { z } from 'zod';

/** What may flow between bound accounts. */
export const DATATYPES = ['profile', 'commerce', 'violation'] as const;
export type Datatype = (typeof DATATYPES)[number];

/** These stay with each account under every pack (R15). */
export const CORE_ASSETS: readonly string[] = [
  'followers',
  'follower_count',
  'publishing_record',
  'works',
];

const THIRTY_DAYS = 2_592_000;

const flow = z.strictObject({
  direction: z.enum(['both', 'sub_to_primary', 'primary_to_sub']),
  delaySeconds: z.int().min(0).max(THIRTY_DAYS).describe('How long after the fact it may be read.'),
  access: z.enum(['read', 'read_write']),
  reviewedOnly: z.boolean().describe('Does it cross over only after a person has reviewed it?'),
});

export type Flow = Readonly<z.infer<typeof flow>>;

/** The `sync` member of a pack (R11–R13). Data types that it leaves out do not flow. */
export const syncRules = z
  .strictObject({
    profile: flow.optional().describe('R11: gender, region, active hours.'),
    commerce: flow.optional().describe('R12: brand orders and cooperation records; read only.'),
    violation: flow
      .optional()
      .describe('R13: graded violation records, as a warning; read only, and after review only.'),
  })
  .superRefine((sync, context) => {
    const say = (path: PropertyKey[], message: string) =>
      context.addIssue({ code: 'custom', path, message });
    for (const name of ['commerce', 'violation'] as const) {
      if (sync[name]?.access === 'read_write')
        say([name, 'access'], `${name} is a record: it is read, and not written (R12, R13)`);
    }
    if (sync.violation?.reviewedOnly === false)
      say(['violation', 'reviewedOnly'], 'nobody is warned of what no person has reviewed (R13)');
  });

interface Syncing {
  readonly sync: { readonly [Name in Datatype]?: Flow | undefined };
}

/** The data types that flow under a pack, in display order. */
export function datatypesOf({ sync }: Syncing): readonly Datatype[] {
  return DATATYPES.filter((name) => sync[name] !== undefined);
}

export interface NamedFlow extends Flow {
  readonly name: Datatype;
}

/** How each requested data type flows. */
export function flowsOf({ sync }: Syncing, asked: readonly string[]): readonly NamedFlow[] {
  return DATATYPES.filter((name) => asked.includes(name)).flatMap((name) => {
    const rule = sync[name];
    return rule === undefined ? [] : [{ name, ...rule }];
  });
}

import { z } from 'zod';
import { type Refusal, refuse } from '../kernel/refusals.ts';
import { type DeepReadonly, deepFreeze } from './freeze.ts';
import { riskThresholds } from './risk-thresholds.ts';

const DAY_SECONDS = 86_400;

/** Every permission a pack may speak of; in which tier, the pack says (R16–R18). */
export const PERMISSIONS = [
  'comment',
  'repost',
  'live_commerce',
  'ad_placement',
  'shop_window',
  'withdraw_income',
  'account_appeal',
] as const;

export type PermissionName = (typeof PERMISSIONS)[number];

/** No pack may leave these out: without them it would bind strangers (R1). */
const REQUIRED_HOOKS = ['same-owner'] as const;

const seconds = (most: number) => z.int().min(1).max(most);
const perKind = <T extends z.ZodType>(schema: T) => z.strictObject({ personal: schema, enterprise: schema, special_industry: schema });
const permission = z.strictObject({ name: z.enum(PERMISSIONS) });

const shape = z.strictObject({
  id: z.string().regex(/^[a-z][a-z0-9-]{0,31}$/),
  version: z.int().min(1),
  title: z.strictObject({ zh: z.string().min(1), en: z.string().min(1) }),
  limits: perKind(z.int().min(0).nullable()), // R2, R39: null is no limit
  hooks: z.array(z.string()), // in the order in which a refusal is the telling one
  confirmation: perKind(z.boolean()), // does the starter confirm who answered? (protocol §2)
  code: z.strictObject({ lifetimeSeconds: seconds(900), wrongCodes: z.int().min(1).max(10) }), // R7
  freshSignInSeconds: seconds(3600),
  permissions: z.strictObject({ basic: z.array(permission), advanced: z.array(permission), core: z.array(permission) }),
  datatypes: z.array(z.enum(['profile', 'commerce', 'violation'])),
  device: z.strictObject({ reviewAboveOwners: z.int().min(1) }),
  risk: riskThresholds, // R21
  review: z.strictObject({ workingDays: z.int().min(1), specialIndustryExtraDays: z.int().min(5).max(7) }), // R4
  historyDays: z.int().min(0), // R26
  tokenLifetimeSeconds: seconds(DAY_SECONDS), // protocol §4
});

/** A policy pack: the rules under which a binding is made, as data (R38–R41). */
export type Pack = DeepReadonly<z.infer<typeof shape>>;

/** One mistake in a pack, where it is (`limits.personal`) and what is wrong. */
export interface PackProblem {
  readonly path: string;
  readonly problem: string;
}

export type ParsedPack =
  | { readonly ok: true; readonly value: Pack }
  | { readonly ok: false; readonly refusal: Refusal<'invalid_pack'>; readonly problems: readonly PackProblem[] };

/** Reads a pack, or tells every mistake in it at once, each by its path (R41). `hookIds` are the hooks there are. */
export function parsePack(value: unknown, hookIds: readonly string[]): ParsedPack {
  const parsed = schemaFor(hookIds).safeParse(value);
  if (parsed.success) return { ok: true, value: deepFreeze(parsed.data) };
  const problems = parsed.error.issues.flatMap(problemsOf);
  return { ...refuse('invalid_pack', 'BIND-5P1', { problems }), problems };
}

/** What the shape alone cannot say: names that must exist, and names that must not repeat. */
function schemaFor(hookIds: readonly string[]) {
  return shape.superRefine((pack, context) => {
    const say = (path: PropertyKey[], message: string) => context.addIssue({ code: 'custom', path, message });
    for (const [at, id] of pack.hooks.entries()) {
      if (!hookIds.includes(id)) say(['hooks', at], `unknown hook "${id}"; there are ${hookIds.join(', ')}`);
      if (pack.hooks.indexOf(id) !== at) say(['hooks', at], `"${id}" is listed twice`);
    }
    for (const id of REQUIRED_HOOKS) if (!pack.hooks.includes(id)) say(['hooks'], `"${id}" may not be left out`);

    const tierOf = new Map<PermissionName, string>();
    for (const tier of ['basic', 'advanced', 'core'] as const) {
      for (const [at, { name }] of pack.permissions[tier].entries()) {
        const other = tierOf.get(name);
        if (other !== undefined) say(['permissions', tier, at, 'name'], `"${name}" is in tier ${other} already`);
        tierOf.set(name, tier);
      }
    }
  });
}

function problemsOf(issue: z.core.$ZodIssue): readonly PackProblem[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: dotted([...issue.path, key]), problem: 'unknown member' }));
  }
  return [{ path: dotted(issue.path), problem: issue.message }];
}

function dotted(path: readonly PropertyKey[]): string {
  return path.map(String).join('.');
}

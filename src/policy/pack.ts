import { z } from 'zod';
import { type Refusal, refuse } from '../kernel/refusals.ts';
import { type DeepReadonly, deepFreeze } from './freeze.ts';
import { riskThresholds } from './risk-thresholds.ts';
import { CORE_ASSETS, syncRules } from './sync-rules.ts';
import { unbindingRules } from './unbinding-rules.ts';

const DAY_SECONDS = 86_400;

/** Every permission that a pack may name. The pack decides its tier (R16–R18). */
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

/** Permissions that no pack may grant, an operator's neither, by tier or by grade (R18). */
export const CORE_ALWAYS: readonly PermissionName[] = ['withdraw_income', 'account_appeal'];

/** Every pack must name these. Without them it could bind strangers (R1) or form a circle. */
const REQUIRED_HOOKS = ['account-status', 'same-owner', 'graph'] as const;

const seconds = (most: number) => z.int().min(1).max(most);
const perKind = <T extends z.ZodType>(schema: T) =>
  z.strictObject({ personal: schema, enterprise: schema, special_industry: schema });
const title = z
  .strictObject({ zh: z.string().min(1), en: z.string().min(1) })
  .describe('In Chinese and in English, as people read it.');
const permission = z.strictObject({ name: z.enum(PERMISSIONS) });
const grade = z.strictObject({
  title,
  adds: z
    .array(permission)
    .describe('What this grade adds to those below it; all of tier advanced.'),
});

const shape = z.strictObject({
  $schema: z
    .string()
    .optional()
    .describe('Where editors find this schema; Bindery does not read it.'),
  id: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,31}$/)
    .describe('The name that apps ask for it by, and the name of its file.'),
  version: z
    .int()
    .min(1)
    .describe(
      'Raised with every change; a decision and a binding name the version they were made under.',
    ),
  title,
  platforms: z
    .strictObject({
      of: z
        .array(z.string().regex(/^[a-z][a-z0-9-]{0,31}$/))
        .min(1)
        .nullable()
        .default(null),
      across: z.boolean().default(false),
    })
    .prefault({})
    .describe(
      'R45: the platforms whose accounts it binds, null for any; `across`: may the two be of different ones.',
    ),
  limits: perKind(z.int().min(0).nullable()).describe(
    'R2: subs per primary and, for persons, per owner, by the kind of the primary; null is no limit (R39). Counted within the platform, the pack and the kind.',
  ),
  groupLimits: perKind(z.int().min(0).nullable().default(null))
    .prefault({})
    .describe(
      'R2: subs of all organisations of one company group together, by the kind of the primary; null is no limit. Counted within the platform, the pack and the kind.',
    ),
  hooks: z
    .array(z.string())
    .describe('Which rules are asked, in the order in which a refusal is the telling one.'),
  shadow: z.array(z.string()).describe('R22: rules that are asked without effect, and compared.'),
  confirmation: perKind(z.boolean()).describe(
    'Does the initiator confirm who answered? By the kind of the primary.',
  ),
  code: z
    .strictObject({ lifetimeSeconds: seconds(900), wrongCodes: z.int().min(1).max(10) })
    .describe('R7: how long a binding code lives, and how many wrong ones end the request.'),
  freshSignInSeconds: seconds(3600).describe(
    'How old the sign-in of a side may be when it approves.',
  ),
  permissions: z
    .strictObject({
      basic: z.array(permission).describe('R16: inherited at once on binding.'),
      advanced: z.array(permission).describe('R17: by application, or by grade.'),
      core: z.array(permission).describe('R18: through no binding, ever.'),
    })
    .describe('What the sub may do through a binding, in three tiers.'),
  grades: z
    .array(grade)
    .min(2)
    .max(9)
    .nullable()
    .describe('R40: the lowest first, with which a binding begins; null: the pack has no grades.'),
  sync: syncRules.describe(
    'R11–R13: what flows between bound accounts, which way, when, and to be written or read; what is left out does not.',
  ),
  device: z
    .strictObject({ reviewAboveOwners: z.int().min(1) })
    .describe('R10: above so many owners of one device a person looks.'),
  risk: riskThresholds.describe(
    'R21: at which score each protection steps up, sends to a person and refuses; its limits.',
  ),
  stepUp: z
    .strictObject({
      factorDays: z.int().min(0).max(90).default(3),
      minutes: z.int().min(1).max(60).default(10),
    })
    .prefault({})
    .describe(
      'A second factor younger than so many days proves nothing; how many minutes the two have to prove more.',
    ),
  review: z
    .strictObject({
      workingDays: z.int().min(1),
      specialIndustryExtraDays: z.int().min(5).max(7), // R4
      fourEyes: perKind(z.boolean()), // R23
      appealDays: z.int().min(1).max(365).default(30), // R23
      clearanceDays: z.int().min(1).max(365).default(30), // R23
    })
    .describe(
      'R4, R23: how many working days people have, whose acceptances take two reviewers, and for how many days a refusal can be appealed against and an upheld appeal clears the doubt.',
    ),
  unbinding: unbindingRules.describe(
    'R25–R27, R30: what it takes to unbind, what stays of it, and what it costs.',
  ),
  // docs/protocol.md#claims
  tokenLifetimeSeconds: seconds(DAY_SECONDS).describe('How long a binding token is valid.'),
});

/** A policy pack: the rules under which a binding is made, as data (R38–R41). */
export type Pack = DeepReadonly<Omit<z.infer<typeof shape>, '$schema'>>;

/** One mistake in a pack: its path (`limits.personal`) and what is wrong. */
export interface PackProblem {
  readonly path: string;
  readonly problem: string;
}

export type ParsedPack =
  | { readonly ok: true; readonly value: Pack }
  | {
      readonly ok: false;
      readonly refusal: Refusal<'invalid_pack'>;
      readonly problems: readonly PackProblem[];
    };

/**
 * Parses a pack, or returns every mistake in it, each with its path (R41). `hookIds` are the known
 * hooks.
 */
export function parsePack(value: unknown, hookIds: readonly string[]): ParsedPack {
  return parsed(schemaFor(hookIds).safeParse(value));
}

/** Parses a recorded version. Its hooks may be gone; a missing hook leads to a review. */
export function parseStoredPack(content: unknown): ParsedPack {
  return parsed(shape.safeParse(content));
}

/** The shape as JSON Schema for editors; stored in `docs/pack.schema.json`. */
export function packSchema(): Readonly<Record<string, unknown>> {
  return {
    title: 'A policy pack of Bindery',
    description: 'docs/packs.md says how to write one.',
    ...z.toJSONSchema(shape),
  };
}

function parsed(read: z.ZodSafeParseResult<z.infer<typeof shape>>): ParsedPack {
  if (read.success) {
    const { $schema: _, ...pack } = read.data;
    return { ok: true, value: deepFreeze(pack) };
  }
  const problems = read.error.issues.flatMap(problemsOf);
  return { ...refuse('invalid_pack', 'BIND-5P1', { problems }), problems };
}

/** Checks what the shape cannot express: names that must exist and names that must not repeat. */
function schemaFor(hookIds: readonly string[]) {
  return shape.superRefine((pack, context) => {
    const say = (path: PropertyKey[], message: string) =>
      context.addIssue({ code: 'custom', path, message });
    for (const [at, id] of pack.hooks.entries()) {
      if (!hookIds.includes(id))
        say(['hooks', at], `unknown hook "${id}"; there are ${hookIds.join(', ')}`);
      if (pack.hooks.indexOf(id) !== at) say(['hooks', at], `"${id}" is listed twice`);
    }
    for (const [at, id] of pack.shadow.entries()) {
      if (!hookIds.includes(id))
        say(['shadow', at], `unknown hook "${id}"; there are ${hookIds.join(', ')}`);
      if (pack.shadow.indexOf(id) !== at) say(['shadow', at], `"${id}" is listed twice`);
      if (pack.hooks.includes(id))
        say(['shadow', at], `"${id}" is in hooks, where it has an effect`);
    }
    for (const id of REQUIRED_HOOKS)
      if (!pack.hooks.includes(id)) say(['hooks'], `"${id}" may not be left out`);

    const tierOf = new Map<PermissionName, string>();
    for (const tier of ['basic', 'advanced', 'core'] as const) {
      for (const [at, { name }] of pack.permissions[tier].entries()) {
        const counterparty = tierOf.get(name);
        if (counterparty !== undefined)
          say(['permissions', tier, at, 'name'], `"${name}" is in tier ${counterparty} already`);
        if (tier !== 'core' && CORE_ALWAYS.includes(name))
          say(['permissions', tier, at, 'name'], `"${name}" is core in every pack`);
        tierOf.set(name, tier);
      }
    }

    const gradeOf = new Map<PermissionName, number>();
    for (const [at, { adds }] of (pack.grades ?? []).entries()) {
      for (const [which, { name }] of adds.entries()) {
        const counterparty = gradeOf.get(name);
        const where = ['grades', at, 'adds', which, 'name'];
        if (tierOf.get(name) !== 'advanced')
          say(where, `"${name}" is not in tier advanced, which is what grades give`);
        else if (counterparty !== undefined)
          say(where, `grade ${counterparty} gives "${name}" already`);
        gradeOf.set(name, at + 1);
      }
    }
  });
}

function problemsOf(issue: z.core.$ZodIssue): readonly PackProblem[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      path: dotted([...issue.path, key]),
      problem: unknownMember(issue.path, key),
    }));
  }
  return [{ path: dotted(issue.path), problem: issue.message }];
}

function unknownMember([parent]: readonly PropertyKey[], key: string): string {
  const core = parent === 'sync' && CORE_ASSETS.includes(key);
  return core ? 'each account’s own: no rule of a pack moves it (R15)' : 'unknown member';
}

function dotted(path: readonly PropertyKey[]): string {
  return path.map(String).join('.');
}

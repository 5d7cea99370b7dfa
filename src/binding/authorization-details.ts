import { z } from 'zod';
import { ok, type Result, refuse } from '../kernel/refusals.ts';
import type { Packs } from '../policy/registry.ts';
import { datatypesOf } from '../policy/sync-rules.ts';

export const ACCOUNT_BINDING = 'account_binding';

/** The RAR object of docs/protocol.md#authorization-details, as validated and with its defaults filled in. */
export interface BindingDetails {
  readonly type: typeof ACCOUNT_BINDING;
  readonly role: 'primary' | 'sub';
  readonly pack: string;
  readonly actions: readonly string[];
  readonly privileges: readonly string[];
  readonly datatypes: readonly string[];
  /** Empty: the token is for the client itself. At most one, because pairwise subjects differ by audience. */
  readonly locations: readonly string[];
}

const NAME = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[\w:.-]+$/, 'has other characters than letters, digits and _ : . -');
const names = z
  .array(NAME)
  .max(32)
  .refine((list) => new Set(list).size === list.length, 'has a duplicate');

const SHAPE = z.strictObject({
  type: z.literal(ACCOUNT_BINDING),
  role: z.enum(['primary', 'sub']).default('primary'),
  pack: NAME.optional(),
  actions: names.optional(),
  privileges: names.default([]),
  datatypes: names.optional(),
  locations: z
    .array(z.url({ protocol: /^https?$/ }).max(512))
    .max(
      1,
      'takes one audience: subject identifiers are pairwise, so every audience needs a token of its own',
    )
    .default([]),
});

const MEMBERS: ReadonlySet<string> = new Set(Object.keys(SHAPE.shape));

/**
 * Reads an `account_binding` authorization details object. Refuses with the *name of the member* that is unknown, of a
 * wrong type, too long or not known to the pack (docs/protocol.md#authorization-details); whether `locations` are registered is asked afterwards.
 */
export function parseBindingDetails(
  raw: unknown,
  packs: Packs,
  defaultPack: string,
): Result<BindingDetails, 'invalid_authorization_details'> {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw))
    return invalid('BIND-6R0', 'account_binding', 'is not an object');
  // Own keys, before any schema sees it: JSON may carry "__proto__" or "constructor" as ordinary members.
  for (const key of Reflect.ownKeys(raw)) {
    if (!MEMBERS.has(String(key)))
      return invalid('BIND-6R1', printable(String(key)), 'is not a known member');
  }
  const parsed = SHAPE.safeParse(raw);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return invalid(
      'BIND-6R2',
      issue?.path.join('.') || 'account_binding',
      issue?.message.replaceAll('"', "'") ?? 'is not valid',
    );
  }
  const { data } = parsed;
  const pack = packs.get(data.pack ?? defaultPack);
  if (!pack) return invalid('BIND-6R3', 'pack', 'is not a policy pack of this server');

  const basic = pack.permissions.basic.map(({ name }) => name as string);
  const advanced = pack.permissions.advanced.map(({ name }) => name as string);
  const datatypes: readonly string[] = datatypesOf(pack);
  const details: BindingDetails = {
    type: ACCOUNT_BINDING,
    role: data.role,
    pack: pack.id,
    actions: data.actions ?? basic,
    privileges: data.privileges,
    datatypes: data.datatypes ?? datatypes,
    locations: data.locations,
  };
  const unknown =
    firstUnknown('actions', details.actions, basic, 'a basic permission') ??
    firstUnknown('privileges', details.privileges, advanced, 'an advanced permission') ??
    firstUnknown('datatypes', details.datatypes, datatypes, 'a data type');
  return unknown ?? ok(details);
}

function firstUnknown(
  member: string,
  asked: readonly string[],
  known: readonly string[],
  what: string,
) {
  const at = asked.findIndex((name) => !known.includes(name));
  return at < 0
    ? undefined
    : invalid('BIND-6R4', `${member}.${at}`, `is not ${what} of this pack (${known.join(', ')})`);
}

function invalid(site: string, member: string, problem: string) {
  return refuse('invalid_authorization_details', site, { member, problem });
}

/** A member's name as it may be put in an error: short, and nothing that RFC 6749 §5.2 forbids there. */
function printable(name: string): string {
  const safe = name.replace(/[^\x20\x21\x23-\x5b\x5d-\x7e]/g, '?');
  return safe.length > 40 ? `${safe.slice(0, 40)}...` : safe;
}

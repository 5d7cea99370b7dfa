import { z } from 'zod';
import type { Account } from '../accounts/account.ts';
import { ok, type Result, refuse } from '../kernel/refusals.ts';
import type { Facts } from '../policy/facts.ts';
import { graph } from '../policy/hooks/graph.ts';
import { limits } from '../policy/hooks/limits.ts';
import { isVerified, type SameOwnerMethod, sameOwnerMethod } from '../policy/hooks/same-owner.ts';
import type { Pack } from '../policy/pack.ts';
import type { ReadRefusal } from './import-row.ts';

/** What its platform calls an account. */
export interface AccountName {
  readonly platform: string;
  readonly externalId: string;
}

/** Holds that people laid where the binding was made. */
export const HOLDS = ['primary', 'sub', 'operator'] as const;

/** A binding that exists already, as a file tells it (R50). */
export interface ExistingBinding {
  readonly primary: AccountName;
  readonly sub: AccountName;
  readonly pack: string;
  readonly since: Date;
  readonly origin: string;
  readonly grade: number | null;
  readonly holds: readonly (typeof HOLDS)[number][];
}

export type ExistingRefusal =
  | ReadRefusal
  | 'unknown_field'
  | 'missing_field'
  | 'invalid_field'
  | 'unknown_account'
  | 'unknown_pack'
  | 'unknown_grade'
  | 'since_ahead'
  | 'account_closed'
  | 'not_verified'
  | 'different_owner'
  | 'already_bound'
  | 'not_eligible';

/** An external id alone is of the platform that the command names. */
const account = (platform: string) =>
  z
    .string()
    .min(1)
    .max(255)
    .transform((externalId) => ({ platform, externalId }))
    .or(
      z.strictObject({
        platform: z.string().regex(/^[a-z][a-z0-9-]{0,31}$/),
        externalId: z.string().min(1).max(255),
      }),
    );

const rowOf = (platform: string) =>
  z.strictObject({
    primary: account(platform),
    sub: account(platform),
    pack: z.string().regex(/^[a-z][a-z0-9-]{0,31}$/),
    since: z.iso.datetime({ offset: true }).transform((text) => new Date(text)),
    origin: z.string().regex(/^[a-z][a-z0-9_-]{0,31}$/),
    grade: z.int().min(1).max(9).nullable().default(null),
    holds: z.array(z.enum(HOLDS)).max(HOLDS.length).default([]),
  });

/** Reads a row of a file; `platform` is that of accounts that name none. */
export function parseExistingBinding(
  value: unknown,
  platform: string,
): Result<ExistingBinding, ExistingRefusal> {
  const read = rowOf(platform).safeParse(value);
  if (read.success) return ok({ ...read.data, holds: [...new Set(read.data.holds)] });
  const [issue] = read.error.issues;
  const field = issue?.path[0];
  if (field === undefined)
    return issue?.code === 'unrecognized_keys'
      ? refuse('unknown_field', 'PRO-9X0')
      : refuse('unreadable_row', 'PRO-9X1');
  const row = value as Readonly<Record<PropertyKey, unknown>>;
  return row[field] === undefined
    ? refuse('missing_field', 'PRO-9X2', { field })
    : refuse('invalid_field', 'PRO-9X3', { field });
}

/** The facts that count for a binding that was made elsewhere; nobody is there to be asked. */
export type ExistingFacts = Pick<Facts, 'accounts' | 'owners' | 'counts' | 'group' | 'graph'>;

export interface Acceptable {
  readonly sameOwnerMethod: SameOwnerMethod;
  /** It is kept, and marked. */
  readonly overLimit: boolean;
  /** One of its accounts is frozen: it is suspended from the start (R47). */
  readonly frozen: boolean;
}

/**
 * Whether a binding may be taken over (R50). Its owners must be verified and one (R1), and the graph
 * must stay what it is. A limit does not end what exists, and a restricted account keeps what it
 * has.
 */
export function checkExisting(
  facts: ExistingFacts,
  pack: Pack,
): Result<Acceptable, ExistingRefusal> {
  const { accounts, owners } = facts;
  const both = [accounts.primary, accounts.sub];
  if (both.some(({ status }) => status === 'closed')) return refuse('account_closed', 'PRO-9X4');
  const shape = graph.evaluate(facts, pack);
  if (shape.verdict === 'deny') {
    const [reason] = shape.reasons;
    const code = reason?.refusal === 'already_bound' ? 'already_bound' : 'not_eligible';
    return refuse(code, 'PRO-9X5', { because: reason?.code });
  }
  if (!isVerified(owners.primary) || !isVerified(owners.sub) || both.some(isUnqualified))
    return refuse('not_verified', 'PRO-9X6');
  const method = sameOwnerMethod(owners);
  if (method === undefined) return refuse('different_owner', 'PRO-9X7');
  return ok({
    sameOwnerMethod: method,
    overLimit: pack.hooks.includes(limits.id) && limits.evaluate(facts, pack).verdict === 'deny',
    frozen: both.some(({ status }) => status === 'frozen'),
  });
}

function isUnqualified({ qualification }: Pick<Account, 'qualification'>): boolean {
  return qualification !== 'verified';
}

/** The number of the grade under a pack; null where it has none. */
export function gradeUnder(
  pack: Pack,
  { grade }: Pick<ExistingBinding, 'grade'>,
): Result<number | null, 'unknown_grade'> {
  const grades = pack.grades?.length ?? 0;
  if (grades === 0) return grade === null ? ok(null) : refuse('unknown_grade', 'PRO-9X8');
  const now = grade ?? 1;
  return now <= grades ? ok(now) : refuse('unknown_grade', 'PRO-9X9');
}

import type { Kind } from '../accounts/account.ts';
import { findAccount, lockAccounts } from '../accounts/accounts.store.ts';
import { saveOwner, saveQualification } from '../accounts/qualifications.store.ts';
import { appendAudit } from '../audit/audit-log.store.ts';
import type { AccountId, OwnerId } from '../kernel/ids.ts';
import { ok, type Result, refuse } from '../kernel/refusals.ts';
import type { OwnerDeps } from '../owners/deps.ts';
import type { Owner } from '../owners/owner.ts';
import {
  findOwnerByReference,
  hasReference,
  keepReference,
  type OwnerReference,
} from '../owners/owner-references.store.ts';
import { lockOwners } from '../owners/owners.store.ts';
import { registerReferencedOwner } from '../owners/register-referenced-owner.ts';
import { verifyOwnerByPlatform } from '../owners/verify-owner.ts';
import type { Tx } from '../store/database.ts';
import type { Provisioner } from './create-account.ts';

/** What a platform says of an account's owner. The operator believes it: the caller checks that. */
export interface OwnerWord {
  readonly accountId: AccountId;
  readonly platform: string;
  /** What the platform calls the owner: opaque, 1 to 255 characters, equal for one owner. */
  readonly reference: string;
}

export type TieRefusal =
  | 'unknown_account'
  | 'invalid_reference'
  /** The account, or the reference, belongs to another owner. A person must look. */
  | 'owner_differs'
  /** A person owns no enterprise account, an organisation no personal one. */
  | 'owner_kind_differs';

const LONGEST = 255;

/** Who may own an account of a kind; the first is meant where the owner is new. */
const OWNED_BY = {
  personal: ['person'],
  enterprise: ['organisation'],
  special_industry: ['organisation', 'person'],
} as const satisfies Record<Kind, readonly [Owner['kind'], ...Owner['kind'][]]>;

/**
 * Ties an account to the owner that its platform names, and qualifies it (R44, R47). The first word
 * about an owner makes it; the same reference of the same platform is the same owner (R1). A tie
 * that is there already changes nothing. An owner never changes by a platform's word.
 */
export async function tieOwnerByReference(
  tx: Tx,
  { secrets, custody }: Pick<OwnerDeps, 'secrets' | 'custody'>,
  { accountId, platform, reference: named }: OwnerWord,
  { actor, origin }: Provisioner,
): Promise<Result<OwnerId, TieRefusal>> {
  if (named === '' || named.length > LONGEST || !named.isWellFormed())
    return refuse('invalid_reference', 'PRO-4T0');
  const before = await findAccount(tx, accountId);
  if (!before) return refuse('unknown_account', 'PRO-4T1');
  const hash = secrets.hash('owner-reference', `${platform}\0${named}`);
  const reference: OwnerReference = { platform, hash };
  const kinds: readonly [Owner['kind'], ...Owner['kind'][]] = OWNED_BY[before.kind];
  // Locked before a row refers to it: two shared locks would block each other's upgrade.
  if (before.ownerId !== null) await lockOwners(tx, [before.ownerId]);
  const known = await findOwnerByReference(tx, reference);
  // A platform has one name for an owner: another name means somebody else.
  if (!known && before.ownerId !== null && (await hasReference(tx, platform, before.ownerId)))
    return refuse('owner_differs', 'PRO-4T6', { account: accountId });
  const owner =
    known ??
    (before.ownerId === null
      ? await registerReferencedOwner(tx, { custody }, { reference, kind: kinds[0] })
      : await keepReference(tx, reference, before.ownerId));
  if (before.ownerId !== null && before.ownerId !== owner)
    return refuse('owner_differs', 'PRO-4T5', { account: accountId });
  const found = (await lockOwners(tx, [owner])).get(owner);
  const account = (await lockAccounts(tx, [accountId])).get(accountId);
  if (!account) return refuse('unknown_account', 'PRO-4T2');
  if (!found || (account.ownerId !== null && account.ownerId !== owner))
    return refuse('owner_differs', 'PRO-4T3', { account: accountId });
  if (!kinds.includes(found.kind))
    return refuse('owner_kind_differs', 'PRO-4T4', { account: accountId });
  if (found.verifiedAt === null) await verifyOwnerByPlatform(tx, { owner, by: actor, platform });
  if (account.ownerId === null) await saveOwner(tx, accountId, owner);
  if (account.qualification === 'verified') return ok(owner);
  await saveQualification(tx, accountId, { qualification: 'verified', until: null });
  const detail = {
    origin,
    kind: account.kind,
    from: account.qualification,
    to: 'verified',
    platform,
  };
  await appendAudit(tx, { action: 'account.qualified', subject: accountId, actor, detail });
  return ok(owner);
}

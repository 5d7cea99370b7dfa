import type { Account } from '../../accounts/account.ts';
import { findAccounts } from '../../accounts/accounts.store.ts';
import { appendAudit } from '../../audit/audit-log.store.ts';
import {
  type BindingRow,
  lockAffiliateBindings,
  lockBindingsOf,
} from '../../binding/bindings.store.ts';
import { changeForCause } from '../../binding/change-for-cause.ts';
import type { AccountId, EvidenceId } from '../../kernel/ids.ts';
import { lockTies } from '../../owners/affiliation.ts';
import { affiliationOf } from '../../owners/affiliations.store.ts';
import { affiliatesOf, type GroupTie } from '../../owners/group.ts';
import type { Tx } from '../../store/database.ts';
import { runQuery } from '../../store/query.ts';
import { type BindingEffect, bindingEffectOf, type InvalidationReason } from './binding-effect.ts';
import type { StoredEvidence } from './evidence-row.ts';
import type { Requalified } from './family.ts';
import { type NoticeKind, tell } from './notices.store.ts';

export interface Changed {
  readonly piece: Pick<StoredEvidence, 'id' | 'type' | 'accountId' | 'ownerId' | 'confirmedBy'>;
  /** Why it stopped counting, if it was accepted; else undefined. */
  readonly invalidation: InvalidationReason | undefined;
}

/** What a change of evidence does to an account, and so to its bindings. */
interface Affected {
  readonly accountId: AccountId;
  /** Undefined: the account is verified now, so what waited for it may resume. */
  readonly effect: BindingEffect | undefined;
}

const STRENGTH: readonly BindingEffect[] = ['ended', 'suspended', 'kept'];

/** The effect on the bindings of all accounts whose qualification was computed anew (R5). */
export async function applyToBindings(
  tx: Tx,
  members: readonly Account[],
  { requalified, changed }: { requalified: readonly Requalified[]; changed: Changed },
): Promise<void> {
  const { piece, invalidation } = changed;
  const affected = requalified.flatMap((each) => affectedBy(each, members, changed));
  if (affected.length === 0) return;
  for (const row of await lockBindingsOf(
    tx,
    affected.map(({ accountId }) => accountId),
  )) {
    const sides = affected.filter(({ accountId }) =>
      [row.primary_id, row.sub_id].includes(accountId),
    );
    const hit = STRENGTH.flatMap((effect) => sides.find((each) => each.effect === effect) ?? [])[0];
    if (invalidation !== undefined && hit?.effect !== undefined) {
      const { accountId, effect } = hit;
      const evidenceId = accountId === piece.accountId ? piece.id : null;
      await applyBindingEffect(tx, row, { accountId, effect, invalidation, evidenceId });
    } else if (sides[0]) await resumeWhenBothQualify(tx, row, sides[0].accountId);
  }
}

/** Bindings of other accounts end only if those accounts rested on what fell. */
function affectedBy(
  { id, result: { qualification }, rested }: Requalified,
  members: readonly Account[],
  { piece, invalidation }: Changed,
): readonly Affected[] {
  const mine = id === piece.accountId;
  const verified = qualification === 'verified';
  if (invalidation === undefined || (verified && !mine)) {
    const before = members.find((each) => each.id === id)?.qualification;
    const newly = verified && (mine || before !== 'verified');
    return newly ? [{ accountId: id, effect: undefined }] : [];
  }
  const effect = bindingEffectOf(invalidation, qualification);
  return [{ accountId: id, effect: effect === 'ended' && !mine && !rested ? 'suspended' : effect }];
}

interface Invalidation {
  readonly accountId: AccountId;
  readonly effect: BindingEffect;
  readonly invalidation: InvalidationReason;
  /** Null: it is a piece of another account. */
  readonly evidenceId: EvidenceId | null;
}

async function applyBindingEffect(
  tx: Tx,
  row: BindingRow,
  { accountId, effect, invalidation, evidenceId }: Invalidation,
): Promise<void> {
  const changed =
    effect === 'kept' ||
    (await changeForCause(tx, row, {
      cause: 'evidence',
      change: effect === 'ended' ? 'revoke' : 'suspend',
      because: invalidation,
    }));
  if (effect === 'kept')
    await appendAudit(tx, {
      action: 'binding.kept',
      subject: row.id,
      actor: 'system',
      detail: { because: invalidation },
    });
  if (changed)
    await tellBoth(tx, row, {
      accountId,
      what: `binding.${effect}`,
      reason: invalidation,
      evidenceId,
    });
}

/** An honest gap ends when both accounts are verified again. */
async function resumeWhenBothQualify(tx: Tx, row: BindingRow, accountId: AccountId): Promise<void> {
  const counterpart = row.primary_id === accountId ? row.sub_id : row.primary_id;
  if ((await findAccounts(tx, [counterpart])).get(counterpart)?.qualification !== 'verified')
    return;
  if (!(await isTied(tx, row))) return;
  const change = { cause: 'evidence', change: 'resume', because: 'proven_again' } as const;
  if (!(await changeForCause(tx, row, change))) return;
  await tellBoth(tx, row, {
    accountId,
    what: 'binding.resumed',
    reason: 'proven_again',
    evidenceId: null,
  });
}

/** The other side learns the effect on the binding, but not which piece caused it. */
async function tellBoth(
  tx: Tx,
  row: BindingRow,
  told: {
    readonly accountId: AccountId;
    readonly what: NoticeKind;
    readonly reason: string;
    readonly evidenceId: EvidenceId | null;
  },
): Promise<void> {
  const counterpart = row.primary_id === told.accountId ? row.sub_id : row.primary_id;
  await tell(tx, [
    { ...told, bindingId: row.id },
    {
      accountId: counterpart,
      what: told.what,
      reason: 'evidence_of_the_other_side',
      evidenceId: null,
      bindingId: row.id,
    },
  ]);
}

/** A binding of affiliates rests on their tie, too (R1). */
async function isTied(tx: Tx, row: BindingRow): Promise<boolean> {
  if (row.same_owner_method !== 'affiliate') return true;
  return (await runQuery(tx, affiliationOf(row.primary_owner_id, row.sub_owner_id))) !== null;
}

/** A tie holds again: what was suspended without it resumes. */
export async function resumeAffiliates(tx: Tx, tie: GroupTie): Promise<void> {
  const { ties } = await lockTies(tx, tie);
  for (const row of await lockAffiliateBindings(tx, affiliatesOf(ties, tie)))
    if (
      (await findAccounts(tx, [row.primary_id])).get(row.primary_id)?.qualification === 'verified'
    )
      await resumeWhenBothQualify(tx, row, row.primary_id);
}

import type { AccountId, EvidenceId, OwnerId } from '../../kernel/ids.ts';
import { lockTies, verifyAffiliation } from '../../owners/affiliation.ts';
import { findTieEvidence } from '../../owners/affiliations.store.ts';
import { findOwnerByIndex, lockGroups } from '../../owners/owners.store.ts';
import type { Tx } from '../../store/database.ts';
import { deleteAffiliationClaim, findAffiliationClaim } from './affiliation-claims.store.ts';
import { resumeAffiliates } from './apply-to-bindings.ts';
import type { InvalidationReason } from './binding-effect.ts';
import { untie } from './end-affiliation.ts';
import type { EvidenceState } from './evidence.ts';
import type { StoredEvidence } from './evidence-row.ts';
import { type NoticeKind, tell } from './notices.store.ts';

type Piece = Pick<StoredEvidence, 'id' | 'accountId' | 'ownerId'>;

/**
 * Locks the company groups of a subsidiary and of the parent that it claims, before any account.
 * The parent may not be there yet.
 */
export async function lockAffiliates(
  tx: Tx,
  { subsidiary, parentIndex }: { readonly subsidiary: OwnerId; readonly parentIndex: Buffer },
): Promise<OwnerId | undefined> {
  const parent = await findOwnerByIndex(tx, parentIndex);
  if (parent === undefined) await lockGroups(tx, [subsidiary]);
  else await lockTies(tx, { parent, subsidiary });
  return parent;
}

/** The same for a piece that is stored. */
export async function lockAffiliatesOf(tx: Tx, { id, ownerId }: Piece): Promise<void> {
  const claim = await findAffiliationClaim(tx, id);
  if (claim) await lockAffiliates(tx, { subsidiary: ownerId, parentIndex: claim.parentIndex });
}

/** The parent that a piece claims, if it is here: its people do not review the piece (R23). */
export async function findClaimedParent(tx: Tx, id: EvidenceId): Promise<OwnerId | undefined> {
  const claim = await findAffiliationClaim(tx, id);
  return claim && (await findOwnerByIndex(tx, claim.parentIndex));
}

/**
 * What follows from a change of this piece or of the parent's answer (R5, R44). The tie begins when
 * reviewers accepted the piece and the parent confirmed it, whichever comes last. It ends when the
 * piece that it rests on falls.
 */
export async function applyAffiliation(
  tx: Tx,
  piece: Piece,
  {
    state,
    invalidation,
    by,
  }: {
    readonly state: EvidenceState;
    readonly invalidation: InvalidationReason | undefined;
    readonly by: string;
  },
): Promise<void> {
  const claim = await findAffiliationClaim(tx, piece.id);
  if (state === 'withdrawn') await deleteAffiliationClaim(tx, piece.id);
  const parent = claim && (await findOwnerByIndex(tx, claim.parentIndex));
  if (!claim || !parent) return;
  const tie = { parent, subsidiary: piece.ownerId, by };
  if (state === 'accepted' && claim.confirmed === true)
    await begin(tx, piece, { ...tie, confirmedBy: claim.answeredBy });
  // a newer piece may hold the tie by now
  if (invalidation && (await findTieEvidence(tx, tie)) === piece.id)
    await untie(tx, { ...tie, because: invalidation, invalidation });
}

async function begin(
  tx: Tx,
  { id, accountId }: Piece,
  tie: {
    readonly parent: OwnerId;
    readonly subsidiary: OwnerId;
    readonly by: string;
    readonly confirmedBy: AccountId | null;
  },
): Promise<void> {
  const verified = await verifyAffiliation(tx, { ...tie, evidence: id });
  const what: NoticeKind = verified.ok ? 'affiliation.verified' : 'affiliation.impossible';
  const reason = verified.ok ? null : verified.refusal.code;
  const told = [accountId, tie.confirmedBy].filter((account) => account !== null);
  await tell(
    tx,
    told.map((account) => ({
      accountId: account,
      what,
      reason,
      evidenceId: null,
      bindingId: null,
    })),
  );
  if (verified.ok) await resumeAffiliates(tx, tie);
}

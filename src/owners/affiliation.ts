import { appendAudit } from '../audit/audit-log.store.ts';
import type { OwnerId } from '../kernel/ids.ts';
import { ok, type Result, refuse } from '../kernel/refusals.ts';
import type { Tx } from '../store/database.ts';
import { findTies, setWithdrawn, upsertAffiliation } from './affiliations.store.ts';
import { checkTie, type GroupRefusal, type GroupTie } from './group.ts';
import type { Owner } from './owner.ts';
import { lockGroups } from './owners.store.ts';

/** Why a tie no longer holds. */
export const AFFILIATION_ENDINGS = ['sold', 'dissolved', 'found_false', 'other'] as const;

export type AffiliationEnding = (typeof AFFILIATION_ENDINGS)[number];

/** A parent and its subsidiary. */
interface Tie {
  readonly parent: OwnerId;
  readonly subsidiary: OwnerId;
  /** Account id, or 'system'. */
  readonly by: string;
}

export type AffiliationRefusal =
  | 'same_owner'
  | 'unknown_owner'
  | 'not_an_organisation'
  | 'not_verified'
  | GroupRefusal;

/**
 * The subsidiary belongs to the parent (R1). It is verified on evidence of its own, between two
 * verified organisations. It holds in this direction only, over all levels of the group (R44).
 */
export async function verifyAffiliation(
  tx: Tx,
  { parent, subsidiary, by, evidence }: Tie & { readonly evidence: string },
): Promise<Result<void, AffiliationRefusal>> {
  if (parent === subsidiary) return refuse('same_owner', 'OWN-7A0', { parent });
  const { owners, ties } = await lockTies(tx, { parent, subsidiary });
  for (const id of [parent, subsidiary]) {
    const owner = owners.get(id);
    if (!owner) return refuse('unknown_owner', 'OWN-7A1', { owner: id });
    if (owner.kind !== 'organisation')
      return refuse('not_an_organisation', 'OWN-7A2', { owner: id });
    if (owner.verifiedAt === null) return refuse('not_verified', 'OWN-7A3', { owner: id });
  }
  const checked = checkTie(ties, { parent, subsidiary });
  if (!checked.ok) return checked;
  await upsertAffiliation(tx, parent, subsidiary, evidence);
  await appendAudit(tx, {
    action: 'affiliation.verified',
    subject: subsidiary,
    actor: by,
    detail: { parent, evidence },
  });
  return ok(undefined);
}

/** Both groups, whole: no tie of them comes or goes until the transaction ends. */
export async function lockTies(
  tx: Tx,
  { parent, subsidiary }: GroupTie,
): Promise<{ readonly owners: ReadonlyMap<OwnerId, Owner>; readonly ties: readonly GroupTie[] }> {
  const owners = await lockGroups(tx, [parent, subsidiary]);
  return { owners, ties: await findTies(tx, [...owners.keys()]) };
}

/**
 * The tie no longer holds (R5). The caller re-evaluates the bindings that rest on it in the same
 * transaction.
 */
export async function withdrawAffiliation(
  tx: Tx,
  { parent, subsidiary, by, because }: Tie & { readonly because: string },
): Promise<Result<void, 'unknown_affiliation'>> {
  // a binding in progress holds these locks, or finds the tie gone
  await lockGroups(tx, [parent, subsidiary]);
  if (!(await setWithdrawn(tx, parent, subsidiary, because)))
    return refuse('unknown_affiliation', 'OWN-7B0', { parent, subsidiary });
  await appendAudit(tx, {
    action: 'affiliation.withdrawn',
    subject: subsidiary,
    actor: by,
    detail: { parent, because },
  });
  return ok(undefined);
}

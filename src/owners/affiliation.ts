import { appendAudit } from '../audit/audit-log.store.ts';
import type { OwnerId } from '../kernel/ids.ts';
import { ok, type Result, refuse } from '../kernel/refusals.ts';
import type { Tx } from '../store/database.ts';
import { runQuery } from '../store/query.ts';
import { affiliationOf, setWithdrawn, upsertAffiliation } from './affiliations.store.ts';
import { lockOwners } from './owners.store.ts';

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
  | 'circular';

/**
 * The subsidiary belongs to the parent (R1). It is verified on evidence of its own, between two
 * verified organisations. It holds in this direction only, and not for subsidiaries of
 * subsidiaries.
 */
export async function verifyAffiliation(
  tx: Tx,
  { parent, subsidiary, by, evidence }: Tie & { readonly evidence: string },
): Promise<Result<void, AffiliationRefusal>> {
  if (parent === subsidiary) return refuse('same_owner', 'OWN-7A0', { parent });
  const owners = await lockOwners(tx, [parent, subsidiary]);
  for (const id of [parent, subsidiary]) {
    const owner = owners.get(id);
    if (!owner) return refuse('unknown_owner', 'OWN-7A1', { owner: id });
    if (owner.kind !== 'organisation')
      return refuse('not_an_organisation', 'OWN-7A2', { owner: id });
    if (owner.verifiedAt === null) return refuse('not_verified', 'OWN-7A3', { owner: id });
  }
  if ((await runQuery(tx, affiliationOf(subsidiary, parent))) !== null)
    return refuse('circular', 'OWN-7A4', { parent, subsidiary });
  await upsertAffiliation(tx, parent, subsidiary, evidence);
  await appendAudit(tx, {
    action: 'affiliation.verified',
    subject: subsidiary,
    actor: by,
    detail: { parent, evidence },
  });
  return ok(undefined);
}

/**
 * The tie no longer holds (R5). The caller re-evaluates the bindings that rest on it in the same
 * transaction.
 */
export async function withdrawAffiliation(
  tx: Tx,
  { parent, subsidiary, by, because }: Tie & { readonly because: AffiliationEnding },
): Promise<Result<void, 'unknown_affiliation'>> {
  // a binding in progress holds these locks, or finds the tie gone
  await lockOwners(tx, [parent, subsidiary]);
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

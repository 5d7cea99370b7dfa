import { appendAudit } from '../audit/audit-log.store.ts';
import type { OwnerId } from '../kernel/ids.ts';
import { ok, type Result, refuse } from '../kernel/refusals.ts';
import type { Tx } from '../store/database.ts';
import type { Owner } from './owner.ts';
import { lockOwners, setVerified } from './owners.store.ts';

const VERIFIED_BY = {
  person: 'identity_document',
  organisation: 'legal_entity',
} as const satisfies Record<Owner['kind'], NonNullable<Owner['verifiedBy']>>;

/** The operator believes what this platform says of owners (R44). The caller has locked the owner. */
export async function verifyOwnerByPlatform(
  tx: Tx,
  {
    owner,
    by,
    platform,
  }: { readonly owner: OwnerId; readonly by: string; readonly platform: string },
): Promise<void> {
  await setVerified(tx, owner, 'platform');
  const detail = { platform };
  await appendAudit(tx, { action: 'owner.verified', subject: owner, actor: by, detail });
}

/** Accepted evidence proved that the owner is who its number says (R1). */
export async function verifyOwner(
  tx: Tx,
  {
    owner,
    by,
    evidence,
  }: { readonly owner: OwnerId; readonly by: string; readonly evidence: string },
): Promise<Result<void, 'unknown_owner'>> {
  const found = (await lockOwners(tx, [owner])).get(owner);
  if (!found) return refuse('unknown_owner', 'OWN-6A0', { owner });
  await setVerified(tx, owner, VERIFIED_BY[found.kind]);
  await appendAudit(tx, {
    action: 'owner.verified',
    subject: owner,
    actor: by,
    detail: { evidence },
  });
  return ok(undefined);
}

/**
 * The verification no longer holds (R5). The caller re-evaluates the bindings in the same
 * transaction.
 */
export async function withdrawVerification(
  tx: Tx,
  {
    owner,
    by,
    because,
  }: { readonly owner: OwnerId; readonly by: string; readonly because: string },
): Promise<Result<void, 'unknown_owner'>> {
  if (!(await lockOwners(tx, [owner])).has(owner))
    return refuse('unknown_owner', 'OWN-6A1', { owner });
  await setVerified(tx, owner, null);
  await appendAudit(tx, {
    action: 'owner.verification_withdrawn',
    subject: owner,
    actor: by,
    detail: { because },
  });
  return ok(undefined);
}

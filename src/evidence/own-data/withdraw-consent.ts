import type { Kind } from '../../accounts/account.ts';
import { findAccount, lockAccounts } from '../../accounts/accounts.store.ts';
import { appendAudit } from '../../audit/audit-log.store.ts';
import type { AccountId } from '../../kernel/ids.ts';
import { ok, type Result, refuse } from '../../kernel/refusals.ts';
import { lockOwners } from '../../owners/owners.store.ts';
import { dropCasesAbout } from '../../review/drop-case.ts';
import type { Tx } from '../../store/database.ts';
import { deleteClaim, findClaim, findOwnerKind } from '../claims/claims.store.ts';
import { releaseOwner } from '../claims/release-owner.ts';
import { CONSENT_TO_DECLARE, type ConsentKind } from '../consents/consent.ts';
import { endConsent, findConsents } from '../consents/consents.store.ts';
import { trackOf } from '../consents/track.ts';
import type { EvidenceDeps } from '../deps.ts';
import { expediteRemoval, expediteRemovalOfChecks } from '../pieces/documents.store.ts';
import { lockLive } from '../pieces/evidence.store.ts';
import { EVIDENCE, EVIDENCE_TYPES } from '../pieces/evidence-type.ts';
import { removeDueDocuments } from '../pieces/remove-documents.ts';
import { withdrawPiece } from '../submissions/withdraw-piece.ts';

/**
 * Withdraws a consent (PIPL art. 15, 47). Every piece that rests on it is withdrawn, all documents
 * submitted under it are removed, and so is an unproven claim. Proven fields of the owner stay
 * until the owner is deleted, because bindings rest on them.
 */
export async function withdrawConsent(
  deps: Pick<EvidenceDeps, 'db' | 'documents' | 'lifetimes'>,
  { account, consent }: { readonly account: AccountId; readonly consent: ConsentKind },
): Promise<Result<{ readonly withdrawn: number }, 'not_given'>> {
  const taken = await deps.db.transaction((tx) => take(tx, deps, account, consent));
  await removeDueDocuments(deps);
  return taken;
}

async function take(
  tx: Tx,
  { lifetimes }: Pick<EvidenceDeps, 'lifetimes'>,
  id: AccountId,
  consent: ConsentKind,
): Promise<Result<{ readonly withdrawn: number }, 'not_given'>> {
  await lockLive(tx, [id]); // evidence before owners and accounts, as everywhere
  const holds = (await findConsents(tx, id)).some(
    (given) => given.consent === consent && given.endedAt === null,
  ); // of any version
  if (!holds) return refuse('not_given', 'EVI-BW1', { consent });
  const types = EVIDENCE_TYPES.filter((type) => EVIDENCE[type].consent === consent);
  // Appeals about rejected pieces, too: their documents are removed, so nothing is left to review.
  await dropCasesAbout(tx, id, { by: id, because: 'consent_withdrawn' }, ({ evidence }) =>
    types.some((type) => type === evidence.type),
  );
  const claim = await findClaim(tx, id);
  const proven = (await findAccount(tx, id))?.ownerId;
  const track = async (kind: Kind) => trackOf(kind, await findOwnerKind(tx, id));
  await lockOwners(
    tx,
    [claim?.owner, proven].filter((owner) => owner != null),
  );
  const account = (await lockAccounts(tx, [id])).get(id);
  if (!account || !(await endConsent(tx, id, consent)))
    return refuse('not_given', 'EVI-BW0', { consent });
  await appendAudit(tx, {
    action: 'consent.withdrawn',
    subject: id,
    actor: id,
    detail: { consent },
  });
  const resting = (await lockLive(tx, [id])).filter(
    ({ type }) => EVIDENCE[type].consent === consent,
  );
  for (const piece of resting) await withdrawPiece(tx, piece, { actor: id, lifetimes });
  await expediteRemoval(tx, id, types);
  if (consent === 'identity_check') await expediteRemovalOfChecks(tx, id);
  if (
    claim &&
    account.ownerId === null &&
    CONSENT_TO_DECLARE[await track(account.kind)] === consent
  ) {
    await deleteClaim(tx, id);
    await releaseOwner(tx, claim.owner, { by: id, because: 'consent_withdrawn' });
  }
  return ok({ withdrawn: resting.length });
}

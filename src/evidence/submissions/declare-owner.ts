import { findAccount, lockAccounts } from '../../accounts/accounts.store.ts';
import type { AccountId, OwnerId } from '../../kernel/ids.ts';
import { ok, type Result, refuse } from '../../kernel/refusals.ts';
import { identityIndex } from '../../owners/blind-index.ts';
import { type FieldName, placeOfField } from '../../owners/fields.ts';
import type { Owner } from '../../owners/owner.ts';
import { findOwnerByIndex, lockOwners } from '../../owners/owners.store.ts';
import { registerOwner } from '../../owners/register-owner.ts';
import { withDataKey } from '../../owners/seal-bytes.ts';
import { seal } from '../../owners/sealed.ts';
import { changeCases } from '../../review/change-cases.ts';
import { dropCasesAbout } from '../../review/drop-case.ts';
import type { Tx } from '../../store/database.ts';
import { consume } from '../../store/rate-limits.ts';
import {
  type Claim,
  placeOfClaim,
  readClaim,
  type Typed,
  type TypedRefusal,
} from '../claims/claim.ts';
import { findClaim, findDigests, replaceClaim, type SealedField } from '../claims/claims.store.ts';
import { releaseOwner } from '../claims/release-owner.ts';
import { CONSENT_TO_DECLARE } from '../consents/consent.ts';
import { hasConsent } from '../consents/consents.store.ts';
import { trackOf } from '../consents/track.ts';
import type { EvidenceDeps } from '../deps.ts';
import { lockLive } from '../pieces/evidence.store.ts';
import { EVIDENCE } from '../pieces/evidence-type.ts';
import { removeDueDocuments } from '../pieces/remove-documents.ts';
import { withdrawPiece } from './withdraw-piece.ts';

export type DeclareRefusal =
  | TypedRefusal
  | 'unknown_account'
  | 'consent_missing'
  | 'already_verified' // a correction changes what is proven
  | 'other_owner' // the account is proven to be another owner's
  | 'too_many_attempts';

type Deps = Pick<EvidenceDeps, 'db' | 'secrets' | 'custody' | 'documents' | 'limits' | 'lifetimes'>;

/**
 * An account says whom it belongs to. This is only a claim, stored by account. Somebody else's
 * number gets the same answer as any number, and who typed a number first decides nothing about its
 * owner. A new declaration withdraws the pieces that rested on changed values. `as` matters in a
 * special industry only: an individual can be there, too (R4).
 */
export async function declareOwner(
  deps: Deps,
  {
    account: id,
    as,
    ...typed
  }: Typed & { readonly account: AccountId; readonly as?: Owner['kind'] | undefined },
): Promise<Result<void, DeclareRefusal>> {
  const account = await findAccount(deps.db, id);
  if (!account) return refuse('unknown_account', 'EVI-AD0');
  const track = trackOf(account.kind, as);
  const claim = readClaim(track, typed);
  if (!claim.ok) return claim;
  if (!(await hasConsent(deps.db, id, CONSENT_TO_DECLARE[track])))
    return refuse('consent_missing', 'EVI-AD1');
  if (await consume(deps.db, [{ limiter: deps.limits.declarations, key: id }]))
    return refuse('too_many_attempts', 'EVI-AD2');
  const declared = await deps.db.transaction((tx) => declare(tx, deps, id, claim.value));
  await removeDueDocuments(deps);
  return declared;
}

async function declare(
  tx: Tx,
  deps: Deps,
  id: AccountId,
  claim: Claim,
): Promise<Result<void, DeclareRefusal>> {
  await lockLive(tx, [id]); // evidence before owners and accounts, as everywhere
  await changeCases(tx, id, { because: 'declared' }); // of appeals, too, whose pieces are closed
  const index = identityIndex(deps.secrets, claim.identity);
  const [before, known] = [(await findClaim(tx, id))?.owner, await findOwnerByIndex(tx, index)];
  const owners = await lockOwners(
    tx,
    [before, known].filter((owner) => owner !== undefined),
  );
  const account = (await lockAccounts(tx, [id])).get(id);
  if (!account) return refuse('unknown_account', 'EVI-AD3');
  if (account.qualification === 'verified') return refuse('already_verified', 'EVI-AD4');
  const same = known !== undefined && owners.has(known) ? known : undefined;
  if (account.ownerId !== null && account.ownerId !== same) return refuse('other_owner', 'EVI-AD5');
  if (!(await hasConsent(tx, id, CONSENT_TO_DECLARE[trackOf(account.kind, claim.identity.kind)])))
    return refuse('consent_missing', 'EVI-AD6');

  const owner = await registerOwner(tx, deps, { identity: claim.identity, by: id });
  const sealed = await sealFields(tx, deps, { account: id, owner, claim });
  const former = await findClaim(tx, id); // again, now that the account is locked
  const changed =
    former?.owner === owner ? changedIn(await findDigests(tx, id), sealed) : undefined;
  if (changed?.size === 0) return ok(undefined);
  for (const piece of await lockLive(tx, [id])) {
    if (!changed || EVIDENCE[piece.type].restsOn.some((field) => changed.has(field)))
      await withdrawPiece(tx, piece, { actor: id, lifetimes: deps.lifetimes });
  }
  await replaceClaim(tx, id, owner, sealed);
  if (former && former.owner !== owner) {
    // all appeals among them are locked already
    await dropCasesAbout(tx, id, { by: id, because: 'declared_another' });
    await releaseOwner(tx, former.owner, { by: id, because: 'declared_another' });
  }
  return ok(undefined);
}

/**
 * Seals each value twice under the claimed owner's key: for the claim, and for the owner once it is
 * proven.
 */
async function sealFields(
  tx: Tx,
  { custody, secrets }: Deps,
  {
    account,
    owner,
    claim,
  }: { readonly account: AccountId; readonly owner: OwnerId; readonly claim: Claim },
): Promise<readonly SealedField[]> {
  const sealed = await withDataKey(tx, { custody, owner }, (dataKey) =>
    ok(
      claim.fields.map(({ name, value }) => ({
        name,
        ciphertext: seal(dataKey, placeOfClaim(account, name), Buffer.from(value)),
        forOwner: seal(dataKey, placeOfField(owner, name), Buffer.from(value)),
        digest: secrets.hash('claim-field', JSON.stringify([account, name, value])),
      })),
    ),
  );
  if (!sealed.ok)
    throw new Error(`the claim of ${account} cannot be sealed: ${sealed.refusal.site}`);
  return sealed.value;
}

/**
 * The fields whose value changed. Values that were proven have moved to the owner, so each of them
 * counts as changed.
 */
function changedIn(
  before: ReadonlyMap<FieldName, Buffer>,
  now: readonly SealedField[],
): ReadonlySet<FieldName> {
  const changed = now
    .filter(({ name, digest }) => !before.get(name)?.equals(digest))
    .map(({ name }) => name);
  const left = [...before.keys()].filter((name) => !now.some((field) => field.name === name));
  return new Set([...changed, ...left]);
}

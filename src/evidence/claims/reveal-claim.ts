import { findAccount } from '../../accounts/accounts.store.ts';
import type { AccountId } from '../../kernel/ids.ts';
import { ok, type Result, refuse } from '../../kernel/refusals.ts';
import type { FieldName } from '../../owners/fields.ts';
import type { Purpose } from '../../owners/purpose.ts';
import { revealField } from '../../owners/reveal-field.ts';
import { type DataKeyRefusal, openBytes } from '../../owners/seal-bytes.ts';
import type { EvidenceDeps } from '../deps.ts';
import { placeOfClaim } from './claim.ts';
import { findClaimField } from './claims.store.ts';

export type RevealRefusal = 'no_field' | DataKeyRefusal | 'not_authentic';

/**
 * What an account says of itself, in clear, for somebody and some purpose; the look is on record before. What was proven is
 * read from its owner. What is known of an owner is never read for an account that merely claims to be the owner's.
 */
export async function revealClaim(
  deps: Pick<EvidenceDeps, 'db' | 'custody'>,
  {
    account,
    field,
    by,
    purpose,
  }: {
    readonly account: AccountId;
    readonly field: FieldName;
    readonly by: string;
    readonly purpose: Purpose;
  },
): Promise<Result<string, RevealRefusal>> {
  const claimed = await findClaimField(deps.db, account, field);
  if (claimed) {
    const { owner, ciphertext: sealed } = claimed;
    const opened = await openBytes(deps, {
      owner,
      place: placeOfClaim(account, field),
      sealed,
      by,
      purpose,
    });
    return opened.ok ? ok(opened.value.toString()) : opened;
  }
  const owner = (await findAccount(deps.db, account))?.ownerId;
  return owner
    ? await revealField(deps, { owner, field, by, purpose })
    : refuse('no_field', 'EVI-AR0', { account, field });
}

export interface DeclaredField {
  readonly field: FieldName;
  readonly value: string;
}

/** Those of the fields that the account declared, in clear: each opening is on record. */
export async function revealDeclared(
  deps: Pick<EvidenceDeps, 'db' | 'custody'>,
  {
    account,
    fields,
    by,
  }: { readonly account: AccountId; readonly fields: readonly FieldName[]; readonly by: AccountId },
): Promise<DeclaredField[]> {
  const declared: DeclaredField[] = [];
  for (const field of fields) {
    const revealed = await revealClaim(deps, { account, field, by, purpose: 'review' });
    if (revealed.ok) declared.push({ field, value: revealed.value });
  }
  return declared;
}

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
 * What an account claims, in clear, for somebody and a purpose. The audit row is written first. A
 * proven value is read from the owner. An account that only claims an owner never gets the owner's
 * stored values.
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

/** The declared values among `fields`, in clear. Each opening is audited. */
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

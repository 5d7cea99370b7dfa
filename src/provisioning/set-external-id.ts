import { type FieldRefusal, parseExternalId } from '../accounts/account-fields.ts';
import { saveExternalId } from '../accounts/accounts.store.ts';
import { appendAudit } from '../audit/audit-log.store.ts';
import type { AccountId } from '../kernel/ids.ts';
import { ok, type Result, refuse } from '../kernel/refusals.ts';
import type { Tx } from '../store/database.ts';
import type { Provisioner } from './create-account.ts';

export type ExternalIdRefusal = FieldRefusal | 'external_id_set' | 'external_id_taken';

/**
 * Gives an account the external id that it was created without; once only, because it says whose
 * account it is (R45). The caller has locked the account.
 */
export async function setExternalId(
  tx: Tx,
  id: AccountId,
  given: string,
  { actor, origin }: Provisioner,
): Promise<Result<null, ExternalIdRefusal>> {
  const externalId = parseExternalId(given);
  if (!externalId.ok) return externalId;
  const saved = await saveExternalId(tx, id, externalId.value);
  if (saved === 'set') return refuse('external_id_set', 'PRO-5X0', { field: 'externalId' });
  if (saved === 'taken') return refuse('external_id_taken', 'PRO-5X1', { field: 'externalId' });
  const detail = { origin, fields: ['externalId'] };
  await appendAudit(tx, { action: 'account.changed', subject: id, actor, detail });
  return ok(null);
}

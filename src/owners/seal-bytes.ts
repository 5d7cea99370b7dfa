import { appendAudit } from '../audit/audit-log.store.ts';
import type { OwnerId } from '../kernel/ids.ts';
import { ok, type Result, refuse } from '../kernel/refusals.ts';
import type { Db } from '../store/database.ts';
import type { KeyCustody } from './custody.ts';
import type { OwnerDeps } from './deps.ts';
import { findOwnerKey } from './owner-keys.store.ts';
import type { Purpose } from './purpose.ts';
import { open, type Place, seal } from './sealed.ts';

/**
 * `no_key`: there is no such owner, or its key was destroyed, and what it sealed is lost.
 * `key_unavailable`: the custody does not open it; an operator must know.
 */
export type DataKeyRefusal = 'no_key' | 'key_unavailable';

/** Runs `work` with the owner's data key in clear. The key is wiped afterwards. */
export async function withDataKey<T, C extends string>(
  db: Db,
  { custody, owner }: { readonly custody: KeyCustody; readonly owner: OwnerId },
  work: (dataKey: Buffer) => Result<T, C>,
): Promise<Result<T, C | DataKeyRefusal>> {
  const stored = await findOwnerKey(db, owner);
  if (!stored) return refuse('no_key', 'OWN-4A0', { owner });
  const dataKey = await custody.unwrap(stored, owner);
  if (!dataKey.ok)
    return refuse('key_unavailable', 'OWN-4A1', {
      owner,
      keyId: stored.keyId,
      because: dataKey.refusal.site,
    });
  try {
    return work(dataKey.value);
  } finally {
    dataKey.value.fill(0);
  }
}

/**
 * Encrypts `bytes` with the owner's data key, for `place` only. Once the owner is deleted, nobody
 * can open it.
 */
export async function sealBytes(
  db: Db,
  { custody }: Pick<OwnerDeps, 'custody'>,
  {
    owner,
    place,
    bytes,
  }: { readonly owner: OwnerId; readonly place: Place; readonly bytes: Uint8Array },
): Promise<Result<Buffer, DataKeyRefusal>> {
  return await withDataKey(db, { custody, owner }, (dataKey) => ok(seal(dataKey, place, bytes)));
}

export interface Opening {
  readonly owner: OwnerId;
  readonly place: Place;
  readonly sealed: Uint8Array;
  /** Account id, or 'system'. */
  readonly by: string;
  readonly purpose: Purpose;
}

/**
 * Opens what {@link sealBytes} sealed. The audit row is written in the transaction that reads the
 * key, and the content is returned after its commit. So nothing is opened without a trace. Failed
 * attempts are audited too.
 */
export async function openBytes(
  { db, custody }: Pick<OwnerDeps, 'db' | 'custody'>,
  { owner, place, sealed, by, purpose }: Opening,
): Promise<Result<Buffer, DataKeyRefusal | 'not_authentic'>> {
  return await db.transaction(async (tx) => {
    const opened = await withDataKey(tx, { custody, owner }, (dataKey) =>
      open(dataKey, place, sealed),
    );
    const detail = { ...place, purpose, ...(opened.ok ? {} : { refused: opened.refusal.site }) };
    await appendAudit(tx, {
      action: opened.ok ? 'owner.opened' : 'owner.not_opened',
      subject: owner,
      actor: by,
      detail,
    });
    return opened;
  });
}

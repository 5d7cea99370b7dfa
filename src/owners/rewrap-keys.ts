import pLimit from 'p-limit';
import { appendAudit } from '../audit/audit-log.store.ts';
import type { OwnerId } from '../kernel/ids.ts';
import type { OwnerDeps } from './deps.ts';
import { findStaleKeys, replaceKeys, type StoredKey } from './owner-keys.store.ts';

const BATCH = 1_000;
/** Calls to the custody at a time, because a key management service limits its rate. */
const AT_A_TIME = 16;

export interface Rewrapped {
  readonly keyId: string;
  readonly rewrapped: number;
  /** Owners whose key the custody did not open. An operator must know. */
  readonly unopened: readonly OwnerId[];
}

/**
 * Wraps every owner's data key with the current key-encryption key, in batches, while the server
 * runs. No lock is held while the custody works. Each row says which key wraps it, so an
 * interrupted run can be repeated, and two runs at once do no harm. `goOn` is asked after each
 * batch.
 */
export async function rewrapKeys(
  { db, custody }: Pick<OwnerDeps, 'db' | 'custody'>,
  {
    by,
    goOn = () => true,
  }: { readonly by: string; readonly goOn?: (rewrapped: number) => boolean },
): Promise<Rewrapped> {
  const keyId = await custody.currentKeyId();
  const limit = pLimit(AT_A_TIME);
  const unopened: OwnerId[] = [];
  let rewrapped = 0;
  for (let after = ''; ; ) {
    const stale = await findStaleKeys(db, keyId, after, BATCH);
    const last = stale.at(-1);
    if (!last) break;
    after = last.owner;
    const fresh = await Promise.all(
      stale.map((key) =>
        limit(async (): Promise<StoredKey | undefined> => {
          const again = await custody.rewrap(key, key.owner);
          if (again.ok) return { ...key, ...again.value };
          unopened.push(key.owner);
          return undefined;
        }),
      ),
    );
    rewrapped += await db.transaction(async (tx) => {
      const replaced = await replaceKeys(
        tx,
        fresh.filter((key) => key !== undefined),
      );
      await appendAudit(tx, {
        action: 'owner_keys.rewrapped',
        subject: keyId,
        actor: by,
        detail: { replaced },
      });
      return replaced;
    });
    if (!goOn(rewrapped)) break;
  }
  return { keyId, rewrapped, unopened };
}

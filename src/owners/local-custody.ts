import { ok, type Result, refuse } from '../kernel/refusals.ts';
import type { CustodyRefusal, KeyCustody, WrappedKey } from './custody.ts';
import { currentKey, type Keyring } from './keyring.ts';
import { open, type Place, seal } from './sealed.ts';

const placeOf = (keyId: string, context: string): Place => ({
  table: 'owner_keys',
  row: context,
  column: keyId,
});

/**
 * Custody by a keyring that this process can read. It reads the keyring each time, so that running
 * servers use a new key at once.
 */
export class LocalCustody implements KeyCustody {
  readonly #keyring: () => Keyring;

  constructor(keyring: () => Keyring) {
    this.#keyring = keyring;
  }

  async currentKeyId(): Promise<string> {
    return currentKey(this.#keyring()).id;
  }

  async wrap(dataKey: Buffer, context: string): Promise<WrappedKey> {
    const { id, key } = currentKey(this.#keyring());
    return { keyId: id, wrapped: seal(key, placeOf(id, context), dataKey) };
  }

  async unwrap(
    { keyId, wrapped }: WrappedKey,
    context: string,
  ): Promise<Result<Buffer, CustodyRefusal>> {
    const found = this.#keyring().keys.find(({ id }) => id === keyId);
    if (!found) return refuse('unknown_key', 'OWN-3C0', { keyId });
    return open(found.key, placeOf(keyId, context), wrapped);
  }

  async rewrap(wrapped: WrappedKey, context: string): Promise<Result<WrappedKey, CustodyRefusal>> {
    const dataKey = await this.unwrap(wrapped, context);
    if (!dataKey.ok) return dataKey;
    try {
      return ok(await this.wrap(dataKey.value, context));
    } finally {
      dataKey.value.fill(0);
    }
  }
}

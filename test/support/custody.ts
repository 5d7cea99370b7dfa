import { type Keyring, withNewKey } from '../../src/owners/keyring.ts';
import { LocalCustody } from '../../src/owners/local-custody.ts';

/** Custody with a keyring of the test, which it can rotate as an operator does. */
export class TestCustody extends LocalCustody {
  readonly #held: { keyring: Keyring };

  constructor(held: { keyring: Keyring }) {
    super(() => held.keyring);
    this.#held = held;
  }

  get keyring(): Keyring {
    return this.#held.keyring;
  }

  set keyring(next: Keyring) {
    this.#held.keyring = next;
  }

  /** A new key-encryption key, current from now on. */
  addKey(madeAt = new Date()): void {
    this.keyring = withNewKey(this.keyring, madeAt);
  }
}

export function makeCustody(): TestCustody {
  return new TestCustody({ keyring: withNewKey({ keys: [] }, new Date()) });
}

import { type Keyring, withNewKey } from '../../src/owners/keyring.ts';
import { LocalCustody } from '../../src/owners/local-custody.ts';
import { rewrapKeys } from '../../src/owners/rewrap-keys.ts';
import { Database } from '../../src/store/database.ts';
import { addKeyedOwners } from '../../test/support/keyed-owners.ts';
import type { Operation } from '../operation.ts';

const OWNERS = 10_000;

/**
 * Does what `npm run cli -- keys rewrap` does, in this process. It has its own keyring, so only its
 * own owners are affected.
 */
export const rewrap: Operation = {
  kind: 'flow',
  name: 'rewrap',
  says: `all of ${OWNERS} owners' data keys wrapped with a new key-encryption key; one operation is all of them`,
  only: ['bindery'],
  prepare: async ({ databaseUrl }) => {
    const held: { keyring: Keyring } = { keyring: withNewKey({ keys: [] }, new Date()) };
    const custody = new LocalCustody(() => held.keyring);
    const withDatabase = async (work: (db: Database) => Promise<void>): Promise<void> => {
      const db = new Database(databaseUrl ?? '', { max: 2, applicationName: 'bindery-bench' });
      try {
        await work(db);
      } finally {
        await db.close();
      }
    };
    await withDatabase(async (db) => await addKeyedOwners({ db, custody }, OWNERS));
    const step = async (): Promise<void> => {
      held.keyring = withNewKey(held.keyring, new Date());
      await withDatabase(async (db) => {
        const { rewrapped } = await rewrapKeys({ db, custody }, { by: 'bench' });
        if (rewrapped !== OWNERS) throw new Error(`${rewrapped} keys were wrapped, not ${OWNERS}`);
      });
    };
    return { steps: [step] };
  },
};

import { type Refusal, type Result, refuse } from '../kernel/refusals.ts';
import { type Database, sqlState, type Tx } from '../store/database.ts';

const UNIQUE_VIOLATION = '23505';

/** Carries a refusal out of a transaction, so that it is rolled back. */
class RolledBack extends Error {
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super('rolled back');
    this.refusal = refusal;
  }
}

/** Runs `work` in one transaction. A refusal takes back all that was written before it. */
export async function transact<T, Code extends string>(
  db: Database,
  work: (tx: Tx) => Promise<Result<T, Code>>,
): Promise<Result<T, Code | 'name_taken'>> {
  try {
    return await db.transaction(async (tx) => {
      const result = await work(tx);
      if (!result.ok) throw new RolledBack(result.refusal);
      return result;
    });
  } catch (error) {
    // Two that took one login or external id at once: the constraint let one of them.
    if (sqlState(error) === UNIQUE_VIOLATION) return refuse('name_taken', 'SCIM-2T0');
    if (!(error instanceof RolledBack)) throw error;
    return { ok: false, refusal: error.refusal as Refusal<Code> };
  }
}

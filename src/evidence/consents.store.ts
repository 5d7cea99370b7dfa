import type { AccountId } from '../kernel/ids.ts';
import type { Db } from '../store/database.ts';
import { sql } from '../store/sql.ts';
import type { ConsentKind, ConsentLanguage } from './consent.ts';

/** A consent as it was given: which words, in which language, when, and whether it still holds. */
export interface StoredConsent {
  readonly consent: ConsentKind;
  readonly version: number;
  readonly language: ConsentLanguage;
  readonly givenAt: Date;
  /** Null while it holds. */
  readonly endedAt: Date | null;
  readonly endedBecause: 'withdrawn' | 'replaced' | null;
}

/** All that an account ever agreed to, the newest first; those that hold have no end. */
export async function findConsents(db: Db, account: AccountId): Promise<StoredConsent[]> {
  return await db.query<StoredConsent>(sql`
    select consent, version, language, given_at as "givenAt", ended_at as "endedAt", ended_because as "endedBecause"
      from account_consents where account_id = ${account} order by seq desc`);
}

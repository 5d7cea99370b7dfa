import type { AccountId } from '../../kernel/ids.ts';
import type { Db, Tx } from '../../store/database.ts';
import { sql } from '../../store/sql.ts';
import { CONSENT_VERSIONS, type ConsentKind, type ConsentLanguage } from './consent.ts';

/** A consent as given: which text, in which language, when, and whether it is valid. */
export interface StoredConsent {
  readonly consent: ConsentKind;
  readonly version: number;
  readonly language: ConsentLanguage;
  readonly givenAt: Date;
  /** Null while it is valid. */
  readonly endedAt: Date | null;
  readonly endedBecause: 'withdrawn' | 'replaced' | null;
}

/** All consents of an account, the newest first. Valid ones have no end. */
export async function findConsents(db: Db, account: AccountId): Promise<StoredConsent[]> {
  return await db.query<StoredConsent>(sql`
    select consent, version, language, given_at as "givenAt", ended_at as "endedAt", ended_because as "endedBecause"
      from account_consents where account_id = ${account} order by seq desc`);
}

/** Whether the account agrees to the current text. */
export async function hasConsent(
  db: Db,
  account: AccountId,
  consent: ConsentKind,
): Promise<boolean> {
  const rows = await db.query(sql`
    select 1 from account_consents
     where account_id = ${account} and consent = ${consent} and version = ${CONSENT_VERSIONS[consent]} and ended_at is null`);
  return rows.length > 0;
}

interface Given {
  readonly account: AccountId;
  readonly consent: ConsentKind;
  readonly version: number;
  readonly language: ConsentLanguage;
  readonly textHash: Buffer;
}

/** Under the account's lock. False if it agreed to this text already, in any language. */
export async function insertConsent(
  tx: Tx,
  { account, consent, version, language, textHash }: Given,
): Promise<boolean> {
  await tx.query(sql`
    update account_consents set ended_at = bindery_now(), ended_because = 'replaced'
     where account_id = ${account} and consent = ${consent} and version <> ${version} and ended_at is null`);
  const rows = await tx.query(sql`
    insert into account_consents (account_id, consent, version, language, text_hash)
    values (${account}, ${consent}, ${version}, ${language}, ${textHash})
    on conflict (account_id, consent) where ended_at is null do nothing returning 1`);
  return rows.length === 1;
}

/** Under the account's lock. False if there is no valid consent. */
export async function endConsent(
  tx: Tx,
  account: AccountId,
  consent: ConsentKind,
): Promise<boolean> {
  const rows = await tx.query(sql`
    update account_consents set ended_at = bindery_now(), ended_because = 'withdrawn'
     where account_id = ${account} and consent = ${consent} and ended_at is null returning 1`);
  return rows.length > 0;
}

export async function endConsents(tx: Tx, accounts: readonly AccountId[]): Promise<void> {
  await tx.query(sql`
    update account_consents set ended_at = bindery_now(), ended_because = 'withdrawn'
     where account_id = any(${accounts}::text[]) and ended_at is null`);
}

import type { AccountId } from '../kernel/ids.ts';
import type { Db, Tx } from '../store/database.ts';
import { sql, together } from '../store/sql.ts';
import type { Account } from './account.ts';
import type { ContactKind } from './contact.ts';
import { messageStatements, type NewMessage } from './messages.store.ts';

/** An address as it is stored: found by its hash, sealed for the one place that opens it. */
export interface StoredContact {
  readonly kind: ContactKind;
  readonly hash: Buffer;
  readonly sealed: Buffer;
}

/** The account of an address that was confirmed. */
export async function findAccountByContact(
  db: Db,
  hash: Buffer,
): Promise<Pick<Account, 'id' | 'login' | 'status' | 'roles'> | undefined> {
  const [row] = await db.query<Pick<Account, 'id' | 'login' | 'status' | 'roles'>>(sql`
    select a.id, a.login, a.status, a.roles from account_contacts c join accounts a on a.id = c.account_id
     where c.address_hash = ${hash}`);
  return row;
}

/** False: another account has the address. */
export async function insertContact(
  tx: Tx,
  account: AccountId,
  { kind, hash, sealed }: StoredContact,
): Promise<boolean> {
  const rows = await tx.query(sql`
    insert into account_contacts (account_id, kind, address_hash, address)
    values (${account}, ${kind}, ${hash}, ${sealed}) on conflict do nothing returning 1`);
  return rows.length === 1;
}

export async function findContactsOf(
  db: Db,
  account: AccountId,
): Promise<(StoredContact & { readonly since: Date })[]> {
  return await db.query<StoredContact & { readonly since: Date }>(sql`
    select kind, address_hash as hash, address as sealed, confirmed_at as since from account_contacts
     where account_id = ${account} order by kind`);
}

export async function deleteContact(tx: Tx, account: AccountId, kind: ContactKind): Promise<void> {
  await tx.query(
    sql`delete from account_contacts where account_id = ${account} and kind = ${kind}`,
  );
}

/** With the codes that were sent to them. */
export async function deleteContacts(tx: Tx, account: AccountId): Promise<void> {
  await tx.query(sql`delete from account_contacts where account_id = ${account}`);
  await tx.query(sql`delete from contact_codes where account_id = ${account}`);
}

export type CodePurpose = 'sign_up' | 'recover' | 'add';

export interface NewCode {
  /** Keyed hash of the browser's cookie. */
  readonly token: Buffer;
  readonly purpose: CodePurpose;
  readonly contact: StoredContact;
  readonly account: AccountId | null;
  /** Keyed hash; null: no code is right. */
  readonly code: Buffer | null;
  readonly lifetimeSeconds: number;
}

/** Writes the code and its message in one statement. */
export async function insertCode(db: Db, code: NewCode, message: NewMessage): Promise<void> {
  const { token, purpose, contact, account, lifetimeSeconds } = code;
  const written = sql`
    insert into contact_codes (token, purpose, kind, address_hash, address, account_id, code, expires_at)
    values (${token}, ${purpose}, ${contact.kind}, ${contact.hash}, ${contact.sealed}, ${account}, ${code.code},
            bindery_now() + make_interval(secs => ${lifetimeSeconds}))`;
  await db.query(together([written, ...messageStatements(message)]));
}

export interface TriedCode {
  readonly code: Buffer | null;
  readonly account: AccountId | null;
  readonly contact: StoredContact;
  readonly passkey: CodePasskey | null;
}

/** The passkey that was asked for with a code, for the account that it will make. */
export interface CodePasskey {
  readonly newAccount: AccountId;
  /** Keyed hash of what the authenticator signs. */
  readonly challenge: Buffer;
}

/** Counts one try, and gives the code to compare; undefined where none is left. */
export async function tryCode(
  tx: Tx,
  { token, purpose, most }: Pick<NewCode, 'token' | 'purpose'> & { readonly most: number },
): Promise<TriedCode | undefined> {
  const [row] = await tx.query<{
    code: Buffer | null;
    account: AccountId | null;
    kind: ContactKind;
    hash: Buffer;
    sealed: Buffer;
    newAccount: AccountId | null;
    challenge: Buffer | null;
  }>(sql`
    update contact_codes set tries = tries + 1
     where token = ${token} and purpose = ${purpose} and tries < ${most}::int and expires_at > bindery_clock()
    returning code, account_id as account, kind, address_hash as hash, address as sealed,
              new_account_id as "newAccount", passkey_challenge as challenge`);
  if (!row) return undefined;
  const { code, account, newAccount, challenge, ...contact } = row;
  const passkey = newAccount !== null && challenge !== null ? { newAccount, challenge } : null;
  return { code, account, contact, passkey };
}

/** The newest challenge replaces the one before; it is over with its code. */
export async function saveCodePasskey(
  tx: Tx,
  token: Buffer,
  { newAccount, challenge }: CodePasskey,
): Promise<void> {
  await tx.query(sql`
    update contact_codes set new_account_id = ${newAccount}, passkey_challenge = ${challenge} where token = ${token}`);
}

export async function deleteCode(tx: Tx, token: Buffer): Promise<void> {
  await tx.query(sql`delete from contact_codes where token = ${token}`);
}

export async function deleteOldCodes(db: Db, batch: number): Promise<number> {
  const rows = await db.query(sql`
    delete from contact_codes where ctid = any(array(
      select ctid from contact_codes where expires_at < bindery_now()
       limit ${batch}::int for update skip locked)) returning 1`);
  return rows.length;
}

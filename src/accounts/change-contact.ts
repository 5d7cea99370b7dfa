import { appendAudit } from '../audit/audit-log.store.ts';
import { ok, type Result, refuse } from '../kernel/refusals.ts';
import { SerializationFailure, type Tx } from '../store/database.ts';
import { consume } from '../store/rate-limits.ts';
import { type AccountSummary, LOCAL_PLATFORM, maySignIn } from './account.ts';
import { lockAccounts } from './accounts.store.ts';
import { checkCode, type TypedCode } from './check-code.ts';
import { type ChangeRefusal, confirmChange } from './confirm-change.ts';
import { CONTACT_KINDS, type Contact, type ContactKind } from './contact.ts';
import {
  deleteCode,
  deleteContact,
  findAccountByContact,
  findContactsOf,
  insertContact,
} from './contacts.store.ts';
import type { FactorDeps } from './deps.ts';
import type { SentProof } from './factor.ts';
import type { MessageText } from './outgoing-message.ts';
import { openContact } from './sealed-contact.ts';
import { type CodeRequest, type ContactDeps, sendCode, tokenHash } from './send-code.ts';
import { tellContacts } from './tell-contacts.ts';

/** The purposes of the proofs that are needed to add or change an address, and to remove one. */
export const ADD_CONTACT = 'security:contact';
export const REMOVE_CONTACT: Readonly<Record<ContactKind, string>> = {
  mail: 'security:remove-contact:mail',
  phone: 'security:remove-contact:phone',
};

export interface ChangeContactDeps {
  readonly messages: ContactDeps;
  readonly factors: FactorDeps;
}

interface Confirmed {
  readonly account: Pick<AccountSummary, 'id' | 'platform'>;
  readonly password: string;
  readonly proof: SentProof;
}

export type BeginContactRefusal =
  | ChangeRefusal
  | 'platform_keeps_account'
  | 'malformed_contact'
  | 'too_many_messages';

/**
 * Sends a code to an address that the account shall have, after a fresh proof. Nothing tells
 * whether another account has it. Gives the token for this browser.
 */
export async function beginContact(
  deps: ChangeContactDeps,
  {
    account,
    password,
    proof,
    ...request
  }: Confirmed & Pick<CodeRequest, 'typed' | 'address' | 'words'>,
): Promise<Result<{ readonly token: string }, BeginContactRefusal>> {
  if (account.platform !== LOCAL_PLATFORM) return refuse('platform_keeps_account', 'ACC-EN0');
  const change = { account: account.id, password, proof, purpose: ADD_CONTACT };
  const confirmed = await confirmChange(deps.factors, change);
  if (!confirmed.ok) return confirmed;
  return await sendCode(deps.messages, { ...request, purpose: 'add', by: account.id });
}

interface ContactCode extends Omit<TypedCode, 'purpose'> {
  readonly account: AccountSummary['id'];
  /** Who asks: a network address. */
  readonly address: string;
  /** Told to the addresses that the account had until now. */
  readonly told: MessageText;
}

/** Keeps the address that got the code. It takes the place of one of its kind. */
export async function confirmContact(
  { messages: { db, secrets, limits }, factors }: ChangeContactDeps,
  { account, token, code, address, told }: ContactCode,
): Promise<Result<void, 'wrong_contact_code' | 'too_many_attempts'>> {
  if (await consume(db, [{ limiter: limits.finishes, key: address }]))
    return refuse('too_many_attempts', 'ACC-EN1', { limiter: limits.finishes.name });
  return await db.transaction(async (tx): Promise<Result<void, 'wrong_contact_code'>> => {
    const found = (await lockAccounts(tx, [account])).get(account);
    const checked = await checkCode(tx, secrets, { purpose: 'add', token, code });
    if (!checked.ok) return checked;
    const { contact, account: asked } = checked.value;
    if (!found || !maySignIn(found) || asked !== account)
      return refuse('wrong_contact_code', 'ACC-EN2');
    const owner = await findAccountByContact(tx, contact.hash);
    if (owner && owner.id !== account) return refuse('wrong_contact_code', 'ACC-EN3');
    await tellContacts(tx, secrets, { account, told });
    await deleteContact(tx, account, contact.kind);
    if (!(await insertContact(tx, account, contact)))
      throw new SerializationFailure('another account confirmed the same address at once');
    await deleteCode(tx, tokenHash(secrets, token));
    await record(tx, factors, { account, what: 'contact.added', kind: contact.kind });
    return ok(undefined);
  });
}

export type RemoveContactRefusal = ChangeRefusal | 'platform_keeps_account' | 'unknown_contact';

/** Removes the address of a kind, after a fresh proof. It is told, for the last time. */
export async function removeContact(
  { messages: { db, secrets }, factors }: ChangeContactDeps,
  {
    account: { id: account, platform },
    kind,
    password,
    proof,
    told,
  }: Confirmed & { readonly kind: ContactKind; readonly told: MessageText },
): Promise<Result<void, RemoveContactRefusal>> {
  if (platform !== LOCAL_PLATFORM) return refuse('platform_keeps_account', 'ACC-EN4');
  const purpose = REMOVE_CONTACT[kind];
  const confirmed = await confirmChange(factors, { account, password, proof, purpose });
  if (!confirmed.ok) return confirmed;
  return await db.transaction(async (tx): Promise<Result<void, 'unknown_contact'>> => {
    await lockAccounts(tx, [account]);
    const contacts = await findContactsOf(tx, account);
    if (!contacts.some((contact) => contact.kind === kind))
      return refuse('unknown_contact', 'ACC-EN5');
    await tellContacts(tx, secrets, { account, told }); // while the removed one is still there
    await deleteContact(tx, account, kind);
    await record(tx, factors, { account, what: 'contact.removed', kind });
    return ok(undefined);
  });
}

/** The addresses of an account, in clear: for its own page. */
export async function viewContacts(
  { db, secrets }: Pick<ContactDeps, 'db' | 'secrets'>,
  account: AccountSummary['id'],
): Promise<readonly (Contact & { readonly since: Date })[]> {
  const found = await findContactsOf(db, account);
  return found.map((stored) => ({ ...openContact(secrets, stored), since: stored.since }));
}

export function parseContactKind(typed: string): ContactKind | undefined {
  return CONTACT_KINDS.find((kind) => kind === typed);
}

async function record(
  tx: Tx,
  { tell }: Pick<FactorDeps, 'tell'>,
  {
    account,
    what,
    kind,
  }: {
    readonly account: AccountSummary['id'];
    readonly what: 'contact.added' | 'contact.removed';
    readonly kind: ContactKind;
  },
): Promise<void> {
  await appendAudit(tx, { action: what, subject: account, actor: account, detail: { kind } });
  await tell(tx, { account, what, kind: null });
}

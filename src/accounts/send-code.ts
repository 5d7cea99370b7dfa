import { randomInt } from 'node:crypto';
import { type AccountId, newSecret } from '../kernel/ids.ts';
import { ok, type Result, refuse } from '../kernel/refusals.ts';
import type { InstallationSecret } from '../kernel/secrets.ts';
import { MINUTE } from '../kernel/time.ts';
import { consume, type Limiter } from '../store/rate-limits.ts';
import { type Account, maySignIn } from './account.ts';
import { CODE_DIGITS, CODE_MINUTES, type ContactKind, parseContact } from './contact.ts';
import { type CodePurpose, findAccountByContact, insertCode } from './contacts.store.ts';
import { type MessageText, sealMessage } from './outgoing-message.ts';
import { sealContact } from './sealed-contact.ts';
import type { MessageDeps } from './send-messages.ts';

export interface ContactLimits {
  /** Messages to one address, within an hour and a day, and asked for from one network address. */
  readonly byContact: Limiter;
  readonly byContactAndDay: Limiter;
  readonly byAddress: Limiter;
  /** Typed codes and passwords to be hashed, from one network address. */
  readonly finishes: Limiter;
}

export interface ContactDeps extends MessageDeps {
  readonly limits: ContactLimits;
}

/** The texts of the messages, in the language of the page. */
export interface CodeWords {
  code(code: string): MessageText;
  /** To an address that somebody gives for a new or another account, though it has one already. */
  known(login: string): MessageText;
}

export interface CodeRequest {
  readonly purpose: CodePurpose;
  readonly typed: string;
  /** Who asks: a network address. */
  readonly address: string;
  readonly words: CodeWords;
  /** The account that adds the address, which proved itself. */
  readonly by?: AccountId;
}

export type SendRefusal = 'malformed_contact' | 'too_many_messages';

/** A code cannot be guessed from this: it is what nobody gets. */
type Kept = Readonly<Record<'token' | 'code', string>>;

/**
 * Sends a code to a mail address or a telephone. The answer, the statements and the rows are the
 * same for an address that has an account and one that has none. Only the message differs, and its
 * owner alone reads it. Gives the token for this browser.
 */
export async function sendCode(
  deps: ContactDeps,
  { purpose, typed, address, words, by }: CodeRequest,
): Promise<Result<{ readonly token: string }, SendRefusal>> {
  const contact = parseContact(typed, kindsOf(deps));
  if (!contact.ok) return contact;
  const { secrets, limits } = deps;
  const sealed = sealContact(secrets, contact.value);
  const key = sealed.hash.toString('base64url');
  const spent = await consume(deps.db, [
    { limiter: limits.byAddress, key: address },
    { limiter: limits.byContact, key },
    { limiter: limits.byContactAndDay, key },
  ]);
  if (spent) return refuse('too_many_messages', 'ACC-ES0', { limiter: spent.name });

  const found = await findAccountByContact(deps.db, sealed.hash);
  const made: Kept = { token: newSecret(), code: newCode() };
  const isFor =
    purpose === 'recover' ? found !== undefined && mayRecover(found) : !found || found.id === by;
  const said =
    purpose !== 'recover' && found && !isFor
      ? words.known(found.login)
      : { ...words.code(made.code), toNobody: !isFor };
  await insertCode(
    deps.db,
    {
      token: tokenHash(secrets, made.token),
      purpose,
      contact: sealed,
      account: by ?? (isFor && found ? found.id : null),
      code: isFor ? codeHash(secrets, made) : null,
      lifetimeSeconds: CODE_MINUTES * MINUTE,
    },
    sealMessage(secrets, contact.value, said),
  );
  return ok({ token: made.token });
}

/** Who holds a role asks an operator: a mailbox alone opens no power over others. */
export function mayRecover(account: Pick<Account, 'status' | 'roles'>): boolean {
  return maySignIn(account) && account.roles.length === 0;
}

export function kindsOf({ senders }: Pick<MessageDeps, 'senders'>): readonly ContactKind[] {
  return Object.keys(senders) as ContactKind[];
}

export function tokenHash(secrets: InstallationSecret, token: string): Buffer {
  return secrets.hash('accounts/contact-token', token);
}

/** With its token, so that a code is right in one browser only. */
export function codeHash(secrets: InstallationSecret, { token, code }: Kept): Buffer {
  return secrets.hash('accounts/contact-code', `${token}.${code}`);
}

function newCode(): string {
  return String(randomInt(10 ** CODE_DIGITS)).padStart(CODE_DIGITS, '0');
}

import { ok, type Result, refuse } from '../kernel/refusals.ts';
import { MINUTE } from '../kernel/time.ts';
import { LIFETIMES } from '../lifetimes.ts';

export const CONTACT_KINDS = ['mail', 'phone'] as const;
export type ContactKind = (typeof CONTACT_KINDS)[number];

/** Where a person gets messages, in one spelling. */
export interface Contact {
  readonly kind: ContactKind;
  readonly address: string;
}

export const CODE_DIGITS = 8;
/** Five guesses at a hundred million. */
export const MOST_TRIES = 5;
export const CODE_MINUTES = LIFETIMES.accounts.contactCode / MINUTE;

const LONGEST = 254;
const MAIL =
  /^[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/;
/** E.164. */
const PHONE = /^\+[1-9]\d{6,14}$/;
const CHINESE_MOBILE = /^1[3-9]\d{9}$/;

/**
 * Reads a mail address or a telephone number. A Chinese mobile number needs no country code.
 * `kinds` are those that can be reached here.
 */
export function parseContact(
  typed: string,
  kinds: readonly ContactKind[],
): Result<Contact, 'malformed_contact'> {
  if (typed.length > LONGEST * 2) return refuse('malformed_contact', 'ACC-EA0');
  const plain = typed.normalize('NFKC').trim().toLowerCase();
  const contact = plain.includes('@') ? mail(plain) : phone(plain.replace(/[\s().-]/g, ''));
  if (!contact || !kinds.includes(contact.kind)) return refuse('malformed_contact', 'ACC-EA1');
  return ok(contact);
}

function mail(address: string): Contact | undefined {
  return address.length <= LONGEST && MAIL.test(address) ? { kind: 'mail', address } : undefined;
}

function phone(digits: string): Contact | undefined {
  const address = CHINESE_MOBILE.test(digits) ? `+86${digits}` : digits;
  return PHONE.test(address) ? { kind: 'phone', address } : undefined;
}

/** Enough for its owner to know it again. */
export function maskContact({ kind, address }: Contact): string {
  if (kind === 'phone') return `${address.slice(0, 3)}•••${address.slice(-4)}`;
  const [name = '', host = ''] = address.split('@');
  return `${name.slice(0, 1)}•••@${host}`;
}

/** The digits of a typed code; undefined where it cannot be one. */
export function parseContactCode(typed: string): string | undefined {
  const digits = typed.slice(0, 64).normalize('NFKC').replace(/[\s-]/g, '');
  return digits.length === CODE_DIGITS && /^\d+$/.test(digits) ? digits : undefined;
}

import { ok, type Result, refuse } from '../kernel/refusals.ts';
import { normaliseLogin } from './account.ts';

/** `detail.field` names the field. What was sent is not repeated. */
export type FieldRefusal = 'invalid_field';

const MOST = { login: 64, displayName: 64, externalId: 255, avatarUrl: 2_048 } as const;

/**
 * Control characters, and characters that are invisible or change the direction of the text around
 * them (UTS #39): a name that has them looks like another one. Emoji need the joiners and variation
 * selectors, ideographs the ideographic ones.
 */
const HIDDEN =
  /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]|(?!\u200c|\u200d|[\ufe00-\ufe0f]|[\u{e0100}-\u{e01ef}])\p{DI}/u;

const graphemes = new Intl.Segmenter('zh', { granularity: 'grapheme' });

/** In the one spelling in which logins are compared; without spaces. */
export function parseLogin(value: unknown): Result<string, FieldRefusal> {
  if (!isText(value, MOST.login * 4)) return refuse('invalid_field', 'ACC-8F0', { field: 'login' });
  const login = normaliseLogin(value);
  if (login === '' || lengthOf(login) > MOST.login || /\s/u.test(login) || HIDDEN.test(login))
    return refuse('invalid_field', 'ACC-8F1', { field: 'login' });
  return ok(login);
}

/** As people read it: 1 to 64 characters as a person counts them, emoji included. */
export function parseDisplayName(value: unknown): Result<string, FieldRefusal> {
  if (!isText(value, MOST.displayName * 16))
    return refuse('invalid_field', 'ACC-8F2', { field: 'displayName' });
  const name = value.normalize('NFC').trim().replace(/\s+/gu, ' ');
  if (name === '' || lengthOf(name) > MOST.displayName || HIDDEN.test(value))
    return refuse('invalid_field', 'ACC-8F3', { field: 'displayName' });
  return ok(name);
}

/** What a platform calls an account. It is compared byte by byte, so it is not normalised. */
export function parseExternalId(value: unknown): Result<string, FieldRefusal> {
  if (!isText(value, MOST.externalId) || value === '' || HIDDEN.test(value))
    return refuse('invalid_field', 'ACC-8F4', { field: 'externalId' });
  return ok(value);
}

/** Null for none. A browser loads it, so only https counts. Stays as it was written, if it can. */
export function parseAvatarUrl(value: unknown): Result<string | null, FieldRefusal> {
  if (value === null || value === undefined || value === '') return ok(null);
  const url = isText(value, MOST.avatarUrl) ? URL.parse(value) : null;
  if (url?.protocol !== 'https:' || url.username !== '' || url.password !== '')
    return refuse('invalid_field', 'ACC-8F5', { field: 'avatarUrl' });
  return ok(url.href === `${value}/` ? String(value) : url.href);
}

function isText(value: unknown, most: number): value is string {
  return typeof value === 'string' && value.length <= most && value.isWellFormed();
}

function lengthOf(text: string): number {
  let length = 0;
  for (const _ of graphemes.segment(text)) length += 1;
  return length;
}

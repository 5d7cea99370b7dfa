import { createHmac } from 'node:crypto';
import { ok, type Result, refuse } from '../../kernel/refusals.ts';
import { sameBytes } from '../../kernel/secrets.ts';
import { numericDate } from '../../kernel/time.ts';

/** How far the two clocks may differ. Nonces are stored for more than twice this time. */
export const TOLERANCE_SECONDS = 300;

export const SIGNATURE_HEADER = 'Bindery-Signature';

/** What is signed. It includes the address, so that a message cannot be sent elsewhere. */
export interface SignedMessage {
  readonly method: string;
  readonly path: string;
  readonly body: string;
}

export type SignatureRefusal = 'malformed_signature' | 'stale' | 'forged';

const HEADER = /^t=(\d{1,12}),n=([\w-]{16,64}),v1=([\w-]{43})$/;

/** `t=<seconds>,n=<nonce>,v1=<HMAC-SHA-256 over t.n.METHOD.path.body, base64url>` */
export function sign(
  key: Buffer,
  message: SignedMessage,
  { now, nonce }: { readonly now: Date; readonly nonce: string },
): string {
  const at = numericDate(now);
  return `t=${at},n=${nonce},v1=${mac(key, message, `${at}`, nonce).toString('base64url')}`;
}

/** The nonce of a message that is signed and fresh. The caller checks that it is new. */
export function checkSignature(
  key: Buffer,
  message: SignedMessage,
  header: string,
  now: Date,
): Result<{ readonly nonce: string }, SignatureRefusal> {
  const [, at, nonce, given] = HEADER.exec(header) ?? [];
  if (at === undefined || nonce === undefined || given === undefined)
    return refuse('malformed_signature', 'EVI-6S0');
  if (!sameBytes(mac(key, message, at, nonce), Buffer.from(given, 'base64url')))
    return refuse('forged', 'EVI-6S1');
  if (Math.abs(numericDate(now) - Number(at)) > TOLERANCE_SECONDS)
    return refuse('stale', 'EVI-6S2', { at: Number(at) });
  return ok({ nonce });
}

/** The body is last, because only it may contain the separator. */
function mac(
  key: Buffer,
  { method, path, body }: SignedMessage,
  at: string,
  nonce: string,
): Buffer {
  return createHmac('sha256', key).update(`${at}.${nonce}.${method}.${path}.${body}`).digest();
}

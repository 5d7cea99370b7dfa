import { ok, type Result } from '../kernel/refusals.ts';
import type { InstallationSecret } from '../kernel/secrets.ts';
import {
  type NumberRefusal,
  parseResidentId,
  parseUscc,
  type ResidentId,
  type Uscc,
} from './document-number.ts';

export type Identity =
  | { readonly kind: 'person'; readonly number: ResidentId }
  | { readonly kind: 'organisation'; readonly number: Uscc };

const DOCUMENT_OF = { person: 'CN.ric', organisation: 'CN.uscc' } as const satisfies Record<
  Identity['kind'],
  string
>;

/** Reads the number of an identity document as a person typed it. */
export function parseIdentity(
  kind: Identity['kind'],
  typed: unknown,
): Result<Identity, NumberRefusal> {
  if (kind === 'person') {
    const number = parseResidentId(typed);
    return number.ok ? ok({ kind, number: number.value }) : number;
  }
  const number = parseUscc(typed);
  return number.ok ? ok({ kind, number: number.value }) : number;
}

/**
 * The blind index that finds an owner (R1): HMAC-SHA-256 of the number under its own key. There are
 * few enough numbers to try them all, so without the key it must tell nothing. With it, equal
 * numbers are seen without knowing them.
 */
export function identityIndex(secrets: InstallationSecret, { kind, number }: Identity): Buffer {
  return secrets.hash('identity-index', `${DOCUMENT_OF[kind]}\0${number}`);
}

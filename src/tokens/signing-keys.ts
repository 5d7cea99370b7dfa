import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from 'jose';
import type { InstallationSecret } from '../kernel/secrets.ts';
import type { Database } from '../store/database.ts';
import { findSigningKeys, insertSigningKeys, type StoredKey } from './signing-keys.store.ts';

export type KeyPurpose = 'oidc' | 'binding';

export interface SigningKey {
  readonly kid: string;
  readonly purpose: KeyPurpose;
  readonly alg: string;
  readonly privateJwk: JWK;
  readonly publicJwk: JWK;
}

/**
 * The first keys of an installation. Binding tokens have their own
 * (docs/protocol.md#binding-token). /
 */
const FIRST_KEYS: readonly { purpose: KeyPurpose; alg: string }[] = [
  { purpose: 'oidc', alg: 'ES256' },
  { purpose: 'oidc', alg: 'EdDSA' },
  { purpose: 'oidc', alg: 'RS256' }, // OIDC Core §15.1: every provider supports it
  { purpose: 'binding', alg: 'ES256' },
  { purpose: 'binding', alg: 'EdDSA' },
];

const TEN_YEARS = 10 * 365 * 86_400;

async function makeKey(
  secret: InstallationSecret,
  purpose: KeyPurpose,
  alg: string,
): Promise<StoredKey> {
  const pair = await generateKeyPair(alg, { extractable: true });
  const publicJwk = { ...(await exportJWK(pair.publicKey)), alg, use: 'sig' };
  const kid = await calculateJwkThumbprint(publicJwk);
  const privateJwk = { ...(await exportJWK(pair.privateKey)), kid, alg, use: 'sig' };
  return {
    kid,
    purpose,
    alg,
    public_jwk: { ...publicJwk, kid },
    private_jwk: await secret.seal('signing-key', privateJwk, TEN_YEARS),
  };
}

/**
 * The live signing keys, newest first; the first ones are made here. Private keys are stored
 * sealed.
 */
export async function loadSigningKeys(
  db: Database,
  secret: InstallationSecret,
): Promise<readonly SigningKey[]> {
  let stored = await findSigningKeys(db);
  if (stored.length === 0) {
    const made = await Promise.all(
      FIRST_KEYS.map(({ purpose, alg }) => makeKey(secret, purpose, alg)),
    );
    await insertSigningKeys(db, made);
    stored = await findSigningKeys(db);
  }
  return await Promise.all(
    stored.map(async ({ kid, purpose, alg, private_jwk, public_jwk }) => {
      const opened = await secret.unseal('signing-key', private_jwk);
      if (!opened) {
        throw new Error(
          `Signing key ${kid} cannot be opened: SECRETS_INSTALLATION is not the one this database was set up with.`,
        );
      }
      const { exp: _expiry, ...privateJwk } = opened;
      return { kid, purpose, alg, privateJwk: privateJwk as JWK, publicJwk: public_jwk };
    }),
  );
}

import { inflateSync } from 'node:zlib';
import {
  createRemoteJWKSet,
  customFetch,
  decodeProtectedHeader,
  type JWTPayload,
  jwtVerify,
} from 'jose';
import { type App, endpoint } from './app.ts';

/** What a relying party reads in a binding token (docs/protocol.md#claims). */
export interface BindingClaims extends JWTPayload {
  readonly may_act: { readonly iss: string; readonly sub: string };
  readonly cnf?: { readonly jkt: string };
  readonly binding: {
    readonly id: string;
    readonly pack: string;
    readonly state: string;
    readonly same_owner: { readonly method: string };
    readonly permissions: readonly {
      readonly name: string;
      readonly tier: string;
      readonly effective_at: number;
    }[];
  };
  readonly status: { readonly status_list: { readonly idx: number; readonly uri: string } };
}

export const STATUSES = ['valid', 'ended', 'suspended', 'history'] as const;

/** A service that receives binding tokens and trusts only the issuer's published keys. */
export class RelyingParty {
  readonly audience: string;
  readonly #app: App;
  readonly #keys: ReturnType<typeof createRemoteJWKSet>;

  constructor(app: App, audience: string) {
    this.audience = audience;
    this.#app = app;
    this.#keys = createRemoteJWKSet(new URL(endpoint(app, 'jwks_uri')), {
      [customFetch]: (url, init) => app.fetch(url, init as RequestInit),
    });
  }

  /**
   * Checks the signature by a published key, `typ`, `iss`, `aud`, `exp` and the needed members.
   * Throws if one is wrong.
   */
  async verify(
    token: string,
    audience = this.audience,
  ): Promise<{ readonly claims: BindingClaims; readonly kid: string }> {
    const { payload, protectedHeader } = await jwtVerify<BindingClaims>(token, this.#keys, {
      typ: 'account-binding+jwt',
      algorithms: ['ES256', 'EdDSA'],
      issuer: this.#app.config.serverMetadata().issuer,
      audience,
      requiredClaims: ['iat', 'exp', 'jti', 'sub', 'may_act', 'binding', 'status'],
    });
    return { claims: payload, kid: protectedHeader.kid ?? '' };
  }

  async accepts(token: string, audience = this.audience): Promise<boolean> {
    return await this.verify(token, audience).then(
      () => true,
      () => false,
    );
  }

  /**
   * Reads the binding's entry in its status list (OAuth Token Status List): zlib, two bits each,
   * lowest first.
   */
  async status({
    status: { status_list: entry },
  }: BindingClaims): Promise<(typeof STATUSES)[number] | undefined> {
    const answer = await this.#app.fetch(entry.uri, {
      headers: { accept: 'application/statuslist+jwt' },
    });
    const { payload } = await jwtVerify<{ status_list: { bits: number; lst: string } }>(
      await answer.text(),
      this.#keys,
      {
        typ: 'statuslist+jwt',
        issuer: this.#app.config.serverMetadata().issuer,
        subject: entry.uri,
        requiredClaims: ['iat', 'exp', 'status_list'],
      },
    );
    const { bits, lst } = payload.status_list;
    if (bits !== 2) throw new Error(`the status list has ${bits} bits an entry, not 2`);
    const byte = inflateSync(Buffer.from(lst, 'base64url'))[Math.floor(entry.idx / 4)];
    return byte === undefined ? undefined : STATUSES[(byte >> ((entry.idx % 4) * 2)) & 0b11];
  }

  /**
   * Reads the entry until it has the expected value or the protocol's time has passed. Returns the
   * last value.
   */
  async statusWithin(
    claims: BindingClaims,
    expected: (typeof STATUSES)[number],
    seconds = 5,
  ): Promise<(typeof STATUSES)[number] | undefined> {
    const deadline = Date.now() + seconds * 1000;
    for (;;) {
      const status = await this.status(claims);
      if (status === expected || Date.now() >= deadline) return status;
      await new Promise((resolve) => setTimeout(resolve, 1_000));
    }
  }
}

export function keyOf(token: string): string | undefined {
  return decodeProtectedHeader(token).kid;
}

/**
 * The same token with one changed claim, as a forger would do it. The signature no longer matches.
 */
export function tampered(token: string): string {
  const [header, payload = '', signature] = token.split('.');
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<
    string,
    unknown
  >;
  return [
    header,
    Buffer.from(JSON.stringify({ ...claims, sub: 'somebody-else' })).toString('base64url'),
    signature,
  ].join('.');
}

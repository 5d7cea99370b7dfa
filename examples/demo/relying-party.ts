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

/** A service that is handed binding tokens and trusts nothing but the issuer's published keys. */
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
   * Signature by a published key, `typ`, `iss`, `aud`, `exp` and the members it needs; throws when
   * any is not right.
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
   * The binding's entry in its status list (OAuth Token Status List): zlib, two bits each, lowest
   * first.
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
   * Asks for the entry until it is what is expected or the time that the protocol allows has
   * passed; gives what it is then.
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

/** The same token with one claim changed, as a forger would: the signature no longer fits. */
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

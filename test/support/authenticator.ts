import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';

/** CBOR (RFC 8949) of the few things that an authenticator says. */
type Cbor = number | string | Buffer | ReadonlyMap<number | string, Cbor>;

function head(major: number, length: number): Buffer {
  if (length < 24) return Buffer.of((major << 5) | length);
  return length < 256
    ? Buffer.of((major << 5) | 24, length)
    : Buffer.of((major << 5) | 25, length >> 8, length & 255);
}

function cbor(value: Cbor): Buffer {
  if (typeof value === 'number') return value >= 0 ? head(0, value) : head(1, -1 - value);
  if (typeof value === 'string')
    return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)]);
  if (Buffer.isBuffer(value)) return Buffer.concat([head(2, value.length), value]);
  return Buffer.concat([
    head(5, value.size),
    ...[...value].flatMap(([key, each]) => [cbor(key), cbor(each)]),
  ]);
}

const UP = 0x01;
const UV = 0x04;
const AT = 0x40;

export interface Slant {
  readonly origin?: string;
  readonly rpId?: string;
  readonly challenge?: string;
  readonly type?: string;
  /** Without user verification. */
  readonly unverified?: boolean;
  /** Signed by another key than the credential's. */
  readonly forged?: boolean;
  /** The signature counter that it states. */
  readonly counter?: number;
  /** The user handle that it states; null for none. */
  readonly userHandle?: string | null;
}

interface Options {
  readonly challenge: string;
  readonly user?: { readonly id: string };
}

/**
 * An authenticator with one passkey (WebAuthn level 3, §6). It gives the answers that a browser
 * would send, with the faults that the test asks for.
 */
export class Authenticator {
  readonly id = randomBytes(32);
  counter = 0;
  /** The user handle that it was given. */
  userHandle: string | null = null;
  readonly #origin: string;
  readonly #keys: { readonly publicKey: KeyObject; readonly privateKey: KeyObject };

  constructor(issuer: string) {
    this.#origin = new URL(issuer).origin;
    this.#keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  }

  /** The answer to `navigator.credentials.create`, as JSON. */
  create(options: Options, slant: Slant = {}): string {
    this.userHandle = options.user?.id ?? null;
    const { x = '', y = '' } = this.#keys.publicKey.export({ format: 'jwk' });
    // biome-ignore format: a table is read by its columns
    const key = cbor(new Map<number, Cbor>([[1, 2], [3, -7], [-1, 1], [-2, Buffer.from(x, 'base64url')], [-3, Buffer.from(y, 'base64url')]]));
    const length = Buffer.of(this.id.length >> 8, this.id.length & 255);
    const authData = Buffer.concat([
      this.#authData(slant, AT),
      Buffer.alloc(16),
      length,
      this.id,
      key,
    ]);
    const attestation = new Map<string, Cbor>([
      ['fmt', 'none'],
      ['attStmt', new Map()],
      ['authData', authData],
    ]);
    const clientDataJSON = this.#clientData(options, { type: 'webauthn.create', ...slant });
    return this.#answer({
      clientDataJSON: clientDataJSON.toString('base64url'),
      attestationObject: cbor(attestation).toString('base64url'),
    });
  }

  /** The answer to `navigator.credentials.get`, as JSON. */
  get(options: Options, slant: Slant = {}): string {
    this.counter += 1;
    const clientDataJSON = this.#clientData(options, { type: 'webauthn.get', ...slant });
    const authenticatorData = this.#authData(slant);
    const signed = Buffer.concat([
      authenticatorData,
      createHash('sha256').update(clientDataJSON).digest(),
    ]);
    const { userHandle = this.userHandle } = slant;
    const key = slant.forged
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
      : this.#keys.privateKey;
    return this.#answer({
      clientDataJSON: clientDataJSON.toString('base64url'),
      authenticatorData: authenticatorData.toString('base64url'),
      signature: sign('sha256', signed, key).toString('base64url'),
      ...(userHandle === null ? {} : { userHandle }),
    });
  }

  #answer(response: Readonly<Record<string, string>>): string {
    const id = this.id.toString('base64url');
    return JSON.stringify({
      id,
      rawId: id,
      type: 'public-key',
      clientExtensionResults: {},
      response,
    });
  }

  #clientData({ challenge }: Options, slant: Slant): Buffer {
    const origin = slant.origin ?? this.#origin;
    return Buffer.from(
      JSON.stringify({
        type: slant.type,
        challenge: slant.challenge ?? challenge,
        origin,
        crossOrigin: false,
      }),
    );
  }

  #authData({ rpId, unverified, counter }: Slant, more = 0): Buffer {
    const head = Buffer.alloc(37);
    createHash('sha256')
      .update(rpId ?? new URL(this.#origin).hostname)
      .digest()
      .copy(head);
    head[32] = UP | (unverified ? 0 : UV) | more;
    head.writeUInt32BE(counter ?? this.counter, 33);
    return head;
  }
}

import { createHash } from 'node:crypto';

/** One way of writing a text. */
export interface Encoding {
  readonly encoding: string;
  readonly bytes: Buffer;
}

/** Changes that people and programs make to a text before it becomes bytes. */
const WRITINGS: Readonly<Record<string, (text: string) => string>> = {
  plain: (text) => text,
  'lower case': (text) => text.toLowerCase(),
  'full width': (text) =>
    text.replace(/[!-~]/g, (char) => String.fromCodePoint(char.charCodeAt(0) + 0xfee0)),
  reversed: (text) => [...text].reverse().join(''),
};

const CHARSETS: Readonly<Record<string, (text: string) => Buffer | undefined>> = {
  utf8: (text) => Buffer.from(text, 'utf8'),
  utf16le: (text) => Buffer.from(text, 'utf16le'),
  utf16be: (text) => Buffer.from(text, 'utf16le').swap16(),
  // no needle begins with NULs, of which there are many everywhere
  utf32be: (text) => utf32(text).subarray(2),
  utf32le: (text) => utf32(text).swap32().subarray(0, -2),
  gb18030,
};

/**
 * Encodings in ASCII. If only some characters need it, as in `%E6%9D%8E X`, both forms are
 * searched.
 */
const ENVELOPES: Readonly<Record<string, (bytes: Buffer) => string>> = {
  hex: (bytes) => bytes.toString('hex'),
  'hex, capitals': (bytes) => bytes.toString('hex').toUpperCase(),
  percent: (bytes) => each(bytes, (byte) => `%${hex(byte, 2).toUpperCase()}`),
  'percent, small': (bytes) => each(bytes, (byte) => `%${hex(byte, 2)}`),
  'percent where needed': (bytes) =>
    each(bytes, (byte) =>
      isAlphanumeric(byte) ? String.fromCharCode(byte) : `%${hex(byte, 2).toUpperCase()}`,
    ),
  'quoted-printable': (bytes) => each(bytes, (byte) => `=${hex(byte, 2).toUpperCase()}`),
  'quoted-printable where needed': (bytes) =>
    each(bytes, (byte) =>
      isAlphanumeric(byte) ? String.fromCharCode(byte) : `=${hex(byte, 2).toUpperCase()}`,
    ),
  'backslash x': (bytes) => each(bytes, (byte) => `\\x${hex(byte, 2)}`),
  octal: (bytes) => each(bytes, (byte) => `\\${byte.toString(8).padStart(3, '0')}`),
};

/** By UTF-16 code units, as JSON and HTML number them. */
const ESCAPES: Readonly<Record<string, (unit: number) => string>> = {
  'json escape': (unit) => `\\u${hex(unit, 4)}`,
  'json escape, capitals': (unit) => `\\u${hex(unit, 4).toUpperCase()}`,
  'json escape, twice': (unit) => `\\\\u${hex(unit, 4)}`,
  'html, decimal': (unit) => `&#${unit};`,
  'html, hex': (unit) => `&#x${hex(unit, 1)};`,
  'html, hex capitals': (unit) => `&#x${hex(unit, 1).toUpperCase()};`,
};

/** Hashes without a key, which anybody who guesses the text can compute. */
const HASHES = ['md5', 'sha1', 'sha256', 'sha512', 'sm3'] as const;

/** Every encoding of a text that is searched for, each once. */
export function encodingsOf(text: string): readonly Encoding[] {
  const found = new Map<string, Encoding>();
  const add = (encoding: string, bytes: Buffer): void => {
    const key = bytes.toString('latin1');
    if (!found.has(key)) found.set(key, { encoding, bytes });
  };
  for (const [writing, write] of Object.entries(WRITINGS)) {
    const written = write(text);
    for (const [charset, encode] of Object.entries(CHARSETS)) {
      const bytes = encode(written);
      if (!bytes) continue;
      add(`${writing}, ${charset}`, bytes);
      for (const [envelope, wrap] of Object.entries(ENVELOPES))
        add(`${writing}, ${charset}, ${envelope}`, Buffer.from(wrap(bytes)));
      for (const [encoding, base64] of base64sOf(bytes))
        add(`${writing}, ${charset}, ${encoding}`, base64);
    }
    for (const [escaping, write] of Object.entries(ESCAPES)) {
      const units = Array.from(written, (_, at) => written.charCodeAt(at));
      add(`${writing}, ${escaping}`, Buffer.from(units.map(write).join('')));
      add(
        `${writing}, ${escaping} where needed`,
        Buffer.from(
          units.map((unit) => (unit < 0x80 ? String.fromCharCode(unit) : write(unit))).join(''),
        ),
      );
    }
    for (const hash of HASHES) {
      const digest = createHash(hash).update(written).digest();
      for (const encoding of ['hex', 'base64', 'base64url'] as const)
        add(
          `${writing}, ${hash}, ${encoding}`,
          Buffer.from(digest.toString(encoding).replace(/=+$/, '')),
        );
      add(`${writing}, ${hash}, hex capitals`, Buffer.from(digest.toString('hex').toUpperCase()));
      add(`${writing}, ${hash}`, digest);
    }
  }
  return [...found.values()];
}

/**
 * Base64 packs three bytes in four characters, so a text inside others has three forms. Characters
 * that also hold bits of its neighbours are left out.
 */
function* base64sOf(bytes: Buffer): Generator<readonly [string, Buffer]> {
  for (const encoding of ['base64', 'base64url'] as const) {
    for (const before of [0, 1, 2]) {
      const signs = Buffer.concat([Buffer.alloc(before), bytes]).toString(encoding);
      const own = signs.slice(
        Math.ceil((before * 8) / 6),
        Math.floor(((before + bytes.length) * 8) / 6),
      );
      yield [`${encoding} at ${before}`, Buffer.from(own)];
    }
  }
}

/**
 * Node can read GB 18030 and not write it. Its two-byte part, with all common characters, is read
 * once and inverted.
 */
let gbCodes: ReadonlyMap<string, readonly number[]> | undefined;

function gb18030(text: string): Buffer | undefined {
  gbCodes ??= readGbCodes();
  const bytes: number[] = [];
  for (const char of text) {
    const code = char < '\u0080' ? [char.charCodeAt(0)] : gbCodes.get(char);
    if (!code) return undefined; // a rare character, which takes four bytes
    bytes.push(...code);
  }
  return Buffer.from(bytes);
}

function readGbCodes(): Map<string, readonly number[]> {
  const decoder = new TextDecoder('gb18030');
  const codes = new Map<string, readonly number[]>();
  for (let lead = 0x81; lead <= 0xfe; lead += 1) {
    for (let trail = 0x40; trail <= 0xfe; trail += 1)
      codes.set(decoder.decode(Uint8Array.of(lead, trail)), [lead, trail]);
  }
  return codes;
}

function utf32(text: string): Buffer {
  const points = Array.from(text, (char) => char.codePointAt(0) ?? 0);
  const bytes = Buffer.alloc(points.length * 4);
  points.forEach((point, at) => void bytes.writeUInt32BE(point, at * 4));
  return bytes;
}

function each(bytes: Buffer, write: (byte: number) => string): string {
  return Array.from(bytes, write).join('');
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}

function isAlphanumeric(byte: number): boolean {
  return /[\dA-Za-z]/.test(String.fromCharCode(byte));
}

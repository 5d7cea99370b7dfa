import { isAscii } from 'node:buffer';
import { type Encoding, encodingsOf } from './encodings.ts';

/** A text that must be found nowhere. A finding has its label `what`, and never the text. */
export interface Canary {
  readonly what: string;
  readonly text: string;
}

export interface Finding {
  readonly what: string;
  /** How it was written, for example `reversed, utf16le, base64 at 1`. */
  readonly encoding: string;
  readonly at: number;
}

/** Shorter needles occur by chance in random bytes, and more often in random text. */
const SHORTEST = { bytes: 6, ascii: 7 } as const;

interface Needle extends Encoding {
  readonly what: string;
}

/** Searches bytes for all canaries in one pass. */
export class CanarySearch {
  readonly #asWritten: Index;
  readonly #squeezed: Index;

  constructor(canaries: readonly Canary[]) {
    const needles = canaries.flatMap(({ what, text }) =>
      encodingsOf(text).map((encoding) => ({ what, ...encoding })),
    );
    const short = needles.find(({ bytes }) => isShort(bytes));
    if (short)
      throw new Error(
        `${short.what} is too short to be told from chance when written as ${short.encoding}`,
      );
    this.#asWritten = new Index(needles);
    // A text with separators of its own is found by them; without them it would be too short.
    const squeezed = needles
      .map((needle) => ({ ...needle, bytes: squeeze(needle.bytes) }))
      .filter(({ bytes }) => !isShort(bytes));
    this.#squeezed = new Index(squeezed);
  }

  /**
   * The bytes as they are, and without characters that group digits, wrap lines or pad code units.
   */
  *in(haystack: Buffer): Generator<Finding> {
    yield* this.#asWritten.in(haystack);
    for (const found of this.#squeezed.in(squeeze(haystack)))
      yield { ...found, encoding: `grouped: ${found.encoding}` };
  }
}

/** Finds many needles by their first four bytes. */
class Index {
  readonly #byStart = new Map<number, Needle[]>();
  readonly #starts = new Uint8Array(2 ** 16);

  constructor(needles: readonly Needle[]) {
    for (const needle of unlike(needles)) {
      const start = needle.bytes.readUInt32BE(0);
      const others = this.#byStart.get(start);
      if (others) others.push(needle);
      else this.#byStart.set(start, [needle]);
      this.#starts[start >>> 16] = 1;
    }
  }

  *in(haystack: Buffer): Generator<Finding> {
    const last = haystack.length - 4;
    for (let at = 0; at <= last; at += 1) {
      if (this.#starts[((haystack[at] ?? 0) << 8) | (haystack[at + 1] ?? 0)] === 0) continue;
      for (const { what, encoding, bytes } of this.#byStart.get(haystack.readUInt32BE(at)) ?? []) {
        if (haystack.subarray(at, at + bytes.length).equals(bytes)) yield { what, encoding, at };
      }
    }
  }
}

/** Without separators, many encodings of a text are the same. */
function unlike(needles: readonly Needle[]): Iterable<Needle> {
  const first = new Map<string, Needle>();
  for (const needle of needles) {
    const key = `${needle.what} ${needle.bytes.toString('latin1')}`;
    if (!first.has(key)) first.set(key, needle);
  }
  return first.values();
}

/** NUL, white space, `" ' , - . / : = _ \`, the no-break space and the ideographic one. */
const BETWEEN = new Set(Buffer.from('\0\t\n\r "\',-./:=_\\'));

function squeeze(bytes: Buffer): Buffer {
  const kept = Buffer.allocUnsafe(bytes.length);
  let length = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0;
    if (BETWEEN.has(byte)) continue;
    if (byte === 0xc2 && bytes[at + 1] === 0xa0) at += 1;
    else if (byte === 0xe3 && bytes[at + 1] === 0x80 && bytes[at + 2] === 0x80) at += 2;
    else kept[length++] = byte;
  }
  return kept.subarray(0, length);
}

function isShort(bytes: Buffer): boolean {
  return bytes.length < (isAscii(bytes) ? SHORTEST.ascii : SHORTEST.bytes);
}

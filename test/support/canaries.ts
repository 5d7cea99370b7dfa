import { isAscii } from 'node:buffer';
import { type Spelling, spellingsOf } from './spellings.ts';

/** A text that must be found nowhere; a finding tells `what` it is, never the text. */
export interface Canary {
  readonly what: string;
  readonly text: string;
}

export interface Finding {
  readonly what: string;
  /** How it was written, for example `reversed, utf16le, base64 at 1`. */
  readonly spelling: string;
  readonly at: number;
}

/** Shorter needles turn up by chance: in random bytes, and in random text, which has fewer signs to choose from. */
const SHORTEST = { bytes: 6, ascii: 7 } as const;

interface Needle extends Spelling {
  readonly what: string;
}

/** Looks for canaries in whatever bytes, in one pass however many there are. */
export class CanarySearch {
  readonly #asWritten: Index;
  readonly #squeezed: Index;

  constructor(canaries: readonly Canary[]) {
    const needles = canaries.flatMap(({ what, text }) =>
      spellingsOf(text).map((spelling) => ({ what, ...spelling })),
    );
    const short = needles.find(({ bytes }) => isShort(bytes));
    if (short)
      throw new Error(
        `${short.what} is too short to be told from chance when written as ${short.spelling}`,
      );
    this.#asWritten = new Index(needles);
    // What has signs of its own between its parts is known by them, and would be too short without.
    const squeezed = needles
      .map((needle) => ({ ...needle, bytes: squeeze(needle.bytes) }))
      .filter(({ bytes }) => !isShort(bytes));
    this.#squeezed = new Index(squeezed);
  }

  /** As it stands, and with everything left out that groups digits, wraps lines or pads code units. */
  *in(haystack: Buffer): Generator<Finding> {
    yield* this.#asWritten.in(haystack);
    for (const found of this.#squeezed.in(squeeze(haystack)))
      yield { ...found, spelling: `grouped: ${found.spelling}` };
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
      for (const { what, spelling, bytes } of this.#byStart.get(haystack.readUInt32BE(at)) ?? []) {
        if (haystack.subarray(at, at + bytes.length).equals(bytes)) yield { what, spelling, at };
      }
    }
  }
}

/** Squeezed, many spellings of a text are one. */
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

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import opentype from 'opentype.js';

/** IBM Plex Mono: all letters are of one width, and 0 and O, or 1, l and I, look different. */
const FILE = import.meta.resolve(
  '@fontsource/ibm-plex-mono/files/ibm-plex-mono-latin-400-normal.woff',
);
const FONT = opentype.parse(new Uint8Array(readFileSync(fileURLToPath(FILE))).buffer);

export interface Lettering {
  /** SVG path data; the first line's top left is the origin, y points down. */
  readonly outlines: string;
  readonly width: number;
  readonly height: number;
}

const SIZE = 10;
/** From one letter to the next, as this font has it, and from one line to the next. */
const ADVANCE = 6;
const LEADING = 12;
const BASELINE = 9;

/** Lines of text as outlines: a server may have no font, and text in a PDF can be removed. */
export function letter(lines: readonly string[]): Lettering {
  const spelt = lines.map(spell);
  const outlines = spelt.flatMap((line, row) =>
    [...line].map((sign, column) => outlineOf(sign, column * ADVANCE, row * LEADING + BASELINE)),
  );
  return {
    outlines: outlines.join(''),
    width: Math.max(0, ...spelt.map(({ length }) => length)) * ADVANCE,
    height: lines.length * LEADING,
  };
}

/**
 * `text` in printable ASCII. Any other character is written as its code point, so that each name
 * has a mark and no two names look the same.
 */
export function spell(text: string): string {
  return text.replace(
    /[^ -~]/gu,
    (sign) => `U+${(sign.codePointAt(0) ?? 0).toString(16).toUpperCase()}`,
  );
}

function outlineOf(sign: string, x: number, y: number): string {
  return FONT.charToGlyph(sign).getPath(x, y, SIZE).toPathData(2);
}

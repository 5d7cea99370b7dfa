/** A pen stroke: points it goes through, in units of a letter that is 4 wide and 6 high, descenders to 8. */
export type Stroke = readonly (readonly [x: number, y: number])[];

/** From one letter to the next, and from one line to the next. */
export const ADVANCE = 6;
export const LEADING = 12;

/**
 * Letters as strokes of a pen, because a server may have no font at all and a mark must be drawn all the same. Each pair of
 * digits is a point, each slash lifts the pen; 0 is struck through, so that it is no O.
 */
const STROKES: Readonly<Record<string, string>> = {
  ' ': '',
  '0': '10 30 41 45 36 16 05 01 10/05 41',
  '1': '11 20 26/16 36',
  '2': '01 10 30 41 42 06 46',
  '3': '00 40 22 32 43 45 36 16 05',
  '4': '36 30 04 44',
  '5': '40 00 02 32 43 45 36 06',
  '6': '30 10 01 05 16 36 45 44 33 13 04',
  '7': '00 40 16',
  '8': '10 30 41 42 33 13 02 01 10/13 04 05 16 36 45 44 33',
  '9': '16 36 45 41 30 10 01 02 13 33 42',
  A: '06 02 20 42 46/04 44',
  B: '06 00 30 41 42 33 03/33 44 45 36 06',
  C: '41 30 10 01 05 16 36 45',
  D: '00 20 42 44 26 06 00',
  E: '40 00 06 46/03 33',
  F: '40 00 06/03 33',
  G: '41 30 10 01 05 16 36 45 43 23',
  H: '00 06/40 46/03 43',
  I: '10 30/20 26/16 36',
  J: '40 45 36 16 05',
  K: '00 06/40 03 46',
  L: '00 06 46',
  M: '06 00 23 40 46',
  N: '06 00 46 40',
  O: '10 30 41 45 36 16 05 01 10',
  P: '06 00 30 41 42 33 03',
  Q: '10 30 41 45 36 16 05 01 10/24 46',
  R: '06 00 30 41 42 33 03/23 46',
  S: '41 30 10 01 02 13 33 44 45 36 16 05',
  T: '00 40/20 26',
  U: '00 05 16 36 45 40',
  V: '00 26 40',
  W: '00 16 23 36 40',
  X: '00 46/40 06',
  Y: '00 23 40/23 26',
  Z: '00 40 06 46',
  a: '12 32 43 46/44 14 05 16 36 45',
  b: '00 06/03 12 32 43 45 36 16 05',
  c: '43 32 12 03 05 16 36 45',
  d: '40 46/43 32 12 03 05 16 36 45',
  e: '04 44 43 32 12 03 05 16 36',
  f: '40 30 21 26/12 32',
  g: '42 47 38 18/43 32 12 03 05 16 36 45',
  h: '00 06/03 12 32 43 46',
  i: '12 22 26/16 36/20 20',
  j: '12 22 27 18 08/20 20',
  k: '00 06/32 04 36',
  l: '10 20 25 36',
  m: '06 02 12 23 26/23 32 43 46',
  n: '02 06/03 12 32 43 46',
  o: '12 32 43 45 36 16 05 03 12',
  p: '02 08/03 12 32 43 45 36 16 05',
  q: '42 48/43 32 12 03 05 16 36 45',
  r: '02 06/03 12 32 43',
  s: '42 12 03 14 34 45 36 06',
  t: '10 15 26 36/02 32',
  u: '02 05 16 36 45/42 46',
  v: '02 26 42',
  w: '02 16 24 36 42',
  x: '02 46/42 06',
  y: '02 25/42 08',
  z: '02 42 06 46',
  '-': '14 34',
  _: '07 47',
  '.': '26 26',
  ':': '23 23/26 26',
  '+': '22 26/04 44',
  '@': '44 43 32 22 13 14 25 35 44 42 30 10 01 05 16 36',
};

/** `text` in letters that there are strokes for; any other is written by its code point, so that no name is without a mark. */
export function spell(text: string): string {
  return [...text]
    .map((letter) =>
      Object.hasOwn(STROKES, letter)
        ? letter
        : `U+${(letter.codePointAt(0) ?? 0).toString(16).toUpperCase()}`,
    )
    .join('');
}

/** The strokes of lines of text, the first line's top left at the origin. */
export function letter(lines: readonly string[]): Stroke[] {
  return lines.flatMap((line, row) =>
    [...spell(line)].flatMap((sign, column) =>
      penned(sign).map((stroke) => moved(stroke, column * ADVANCE, row * LEADING)),
    ),
  );
}

/** How wide and high {@link letter} draws. */
export function extentOf(lines: readonly string[]): {
  readonly width: number;
  readonly height: number;
} {
  const longest = Math.max(0, ...lines.map((line) => [...spell(line)].length));
  return { width: longest * ADVANCE, height: lines.length * LEADING };
}

function penned(sign: string): Stroke[] {
  const strokes = STROKES[sign] ?? '';
  if (strokes === '') return [];
  return strokes
    .split('/')
    .map((stroke) =>
      stroke.split(' ').map((point) => [Number(point[0]), Number(point[1])] as const),
    );
}

function moved(stroke: Stroke, dx: number, dy: number): Stroke {
  return stroke.map(([x, y]) => [x + dx, y + dy] as const);
}

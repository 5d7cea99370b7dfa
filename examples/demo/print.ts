import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

/** Coloured on a terminal; plain in a file, a pipe, or with NO_COLOR. */
function paint(style: Style, text: string): string {
  return styleText(style, text, { stream: process.stdout });
}

let scenes = 0;

export function printScene(title: string, about: string): void {
  scenes += 1;
  console.log(`\n${paint('bold', `${scenes}. ${title}`)}\n   ${paint('dim', about)}`);
}

export function printStep(text: string): void {
  console.log(`\n   ${paint('cyan', text)}`);
}

export function printNote(text: string): void {
  console.log(`     ${text}`);
}

export function printSent(who: string, request: string, members: readonly string[]): void {
  console.log(paint('dim', `     ${who} → ${request}`));
  printMembers(members);
}

export function printAnswered(who: string, answer: string, members: readonly string[]): void {
  console.log(paint('dim', `     ${who} ← ${answer}`));
  printMembers(members);
}

function printMembers(members: readonly string[]): void {
  for (const member of members) console.log(paint('dim', `         ${member}`));
}

export function printCheck(
  { id, says, ok }: { readonly id: string; readonly says: string; readonly ok: boolean },
  seen?: unknown,
): void {
  console.log(
    `     ${ok ? paint('green', '✓') : paint('red', '✗')} ${paint('bold', id.padEnd(3))} ${ok ? says : paint('red', says)}`,
  );
  if (ok || seen === undefined) return;
  const text = typeof seen === 'string' ? seen : JSON.stringify(seen);
  const hidden = text.replace(/\d{4}( \d{1,4})+/g, (code) => code.replace(/\d/g, '•'));
  console.log(paint('red', `           seen: ${hidden}`));
}

export function printFailure(text: string): void {
  console.log(paint('red', `     ✗ ${text}`));
}

interface Row {
  readonly id: string;
  readonly words: string;
  readonly held: number;
  readonly made: number;
}

export function printTable(rows: readonly Row[]): void {
  const width = Math.max(0, ...rows.map(({ words }) => words.length));
  console.log(`\n   ${paint('bold', `${'id'.padEnd(5)}${'requirement'.padEnd(width + 2)}checks`)}`);
  for (const { id, words, held, made } of rows) {
    const verdict =
      held === made
        ? paint('green', `${held} of ${made} hold`)
        : paint('red', `${held} of ${made} hold`);
    console.log(`   ${id.padEnd(5)}${words.padEnd(width + 2)}${verdict}`);
  }
}

export function printEnd(allHold: boolean): void {
  console.log(
    `\n   ${allHold ? paint('green', 'Everything holds.') : paint('red', 'Something does not hold: see the lines marked ✗.')}\n`,
  );
}

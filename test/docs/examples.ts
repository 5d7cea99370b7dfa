import { readFileSync } from 'node:fs';

/** One fenced block of a document, and where a reader finds it. */
export interface Block {
  /** The word after the fence: `http`, `people`, `jwt`, `js`. */
  readonly language: string;
  /** The rest of the line of the fence. */
  readonly about: string;
  readonly line: number;
  /** The heading it stands under. */
  readonly section: string;
  readonly lines: readonly string[];
}

export function readDocument(path: string): string {
  return readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
}

/** Every fenced block of a Markdown document, in order. */
export function blocksOf(markdown: string): readonly Block[] {
  const blocks: Block[] = [];
  let section = '';
  let open: { language: string; about: string; line: number; lines: string[] } | undefined;
  for (const [at, text] of markdown.split('\n').entries()) {
    const fence = /^```(\S*)\s*(.*)$/.exec(text);
    if (open && fence) {
      blocks.push({ ...open, section });
      open = undefined;
    } else if (open) open.lines.push(text);
    else if (fence)
      open = { language: fence[1] ?? '', about: fence[2] ?? '', line: at + 1, lines: [] };
    else section = /^#{2,3} (.+)$/.exec(text)?.[1] ?? section;
  }
  if (open) throw new Error(`the block that opens at line ${open.line} is never closed`);
  return blocks;
}

/**
 * The rows of the tables under a heading of this text, each as its cells; without the head and the
 * rule under it.
 */
export function tableUnder(markdown: string, heading: string): readonly (readonly string[])[] {
  const [, rest] = markdown.split(
    new RegExp(`^#{2,4} ${heading.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`, 'm'),
  );
  if (rest === undefined) throw new Error(`there is no heading “${heading}”`);
  return rowsOf(rest.split(/^#{2,4} /m)[0] ?? '');
}

/** The rows of all tables of a text, each as its cells; without heads and the rules under them. */
export function rowsOf(markdown: string): readonly (readonly string[])[] {
  const lines = markdown.split('\n');
  const isRule = (line = '') => /^\|[-| :]+\|$/.test(line);
  return lines
    .filter((line, at) => line.startsWith('|') && !isRule(line) && !isRule(lines[at + 1]))
    .map((row) =>
      row
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

/** A Markdown document without its fenced blocks. */
export function proseOf(markdown: string): string {
  return markdown.replace(/^```[\s\S]*?^```$/gm, '');
}

/** The code spans of a cell. */
export function codesIn(cell = ''): readonly string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, code]) => code ?? '');
}

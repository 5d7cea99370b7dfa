/**
 * Rows under a heading. The first column is left-aligned, the others right-aligned, with two spaces
 * between.
 */
export function table(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = heading.map((title, column) =>
    Math.max(...[heading, ...rows].map((row) => (row[column] ?? '').length), title.length),
  );
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) =>
        column < LEFT ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd();
  return [line(heading), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join(
    '\n',
  );
}

const LEFT = 2;

/** Three significant digits, with thousands separators. */
export function figure(value: number | null | undefined, digits?: number): string {
  if (value === null || value === undefined || Number.isNaN(value)) return 'n/a';
  const places = digits ?? (value >= 100 ? 0 : value >= 10 ? 1 : 2);
  return value.toFixed(places).replace(/\B(?=(\d{3})+$)/g, ' ');
}

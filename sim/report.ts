import type { Outcome } from './outcome.ts';

/** The figures as tables for a terminal. */
export function report(seed: number, pack: string, { abnormal, honest, families, honest_by_hook: byHook }: Outcome): string {
  const share = (part: number, whole: number) => `${((100 * part) / Math.max(1, whole)).toFixed(2)} %`;
  const rows = [...Object.entries(families), ['all abnormal', { ...abnormal, stopped_by: {} }] as const];
  return [
    `Simulation with seed ${seed}, pack ${pack}`,
    '',
    line(['family', 'attempts', 'stopped', 'on review', 'missed', 'by which hooks']),
    ...rows.map(([family, counts]) =>
      line([
        family,
        String(counts.attempts),
        share(counts.stopped_automatically, counts.attempts),
        share(counts.refused_on_review, counts.attempts),
        share(counts.missed, counts.attempts),
        Object.entries(counts.stopped_by)
          .map(([hook, times]) => `${hook} ${times}`)
          .join(', '),
      ]),
    ),
    '',
    line(['honest', 'attempts', 'to review', 'refused', 'for good', '']),
    line([
      '',
      String(honest.attempts),
      share(honest.sent_to_review, honest.attempts),
      share(honest.refused_automatically, honest.attempts),
      share(honest.refused_for_good, honest.attempts),
      '',
      '',
    ]),
    ...Object.entries(byHook).map(([hook, { review, deny }]) => line([`  ${hook}`, '', String(review), String(deny), '', ''])),
  ].join('\n');
}

const WIDTHS = [18, 10, 11, 11, 11, 0];

function line(cells: readonly string[]): string {
  return cells
    .map((cell, at) => (at === 0 ? cell.padEnd(WIDTHS[at] ?? 0) : at === cells.length - 1 ? `  ${cell}` : cell.padStart(WIDTHS[at] ?? 0)))
    .join('')
    .trimEnd();
}

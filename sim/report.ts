import type { Outcome, ProofCounts } from './outcome.ts';

/** Formats the figures as tables for a terminal. */
export function report(
  seed: number,
  pack: string,
  { abnormal, honest, families, honest_by_hook: byHook }: Outcome,
): string {
  const share = (part: number, whole: number) =>
    `${((100 * part) / Math.max(1, whole)).toFixed(2)} %`;
  const proofs = ({ asked, proved }: ProofCounts) =>
    asked === 0 ? '-' : `${asked}, ${share(proved, asked)}`;
  const rows = [
    ...Object.entries(families),
    ['all abnormal', { ...abnormal, stopped_by: {} }] as const,
  ];
  return [
    `Simulation with seed ${seed}, pack ${pack}`,
    '',
    line([
      'family',
      'attempts',
      'stopped',
      'on review',
      'missed',
      'asked, proved',
      'by which hooks',
    ]),
    ...rows.map(([family, counts]) =>
      line([
        family,
        String(counts.attempts),
        share(counts.stopped_automatically, counts.attempts),
        share(counts.refused_on_review, counts.attempts),
        share(counts.missed, counts.attempts),
        proofs(counts.step_up),
        Object.entries(counts.stopped_by)
          .map(([hook, times]) => `${hook} ${times}`)
          .join(', '),
      ]),
    ),
    '',
    line(['honest', 'attempts', 'to review', 'refused', 'for good', 'asked, proved', '']),
    line([
      '',
      String(honest.attempts),
      share(honest.sent_to_review, honest.attempts),
      share(honest.refused_automatically, honest.attempts),
      share(honest.refused_for_good, honest.attempts),
      proofs(honest.step_up),
      '',
    ]),
    ...Object.entries(byHook).map(([hook, counts]) =>
      line([
        `  ${hook}`,
        '',
        String(counts.review),
        String(counts.deny),
        '',
        String(counts.step_up),
        '',
      ]),
    ),
  ].join('\n');
}

const WIDTHS = [18, 10, 11, 11, 11, 16, 0];

function line(cells: readonly string[]): string {
  return cells
    .map((cell, at) =>
      at === 0
        ? cell.padEnd(WIDTHS[at] ?? 0)
        : at === cells.length - 1
          ? `  ${cell}`
          : cell.padStart(WIDTHS[at] ?? 0),
    )
    .join('')
    .trimEnd();
}

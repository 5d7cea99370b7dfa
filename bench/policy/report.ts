import { sum } from '../statistics.ts';
import { figure, table } from '../table.ts';
import type { Growth } from './growth.ts';

/** All rounds; and for the least disturbed round, where the time goes. */
export function growthReport(rounds: readonly (readonly Growth[])[]): string {
  const stolen = (growth: readonly Growth[]) => sum(growth.map(({ work }) => work.stolen));
  const [calmest] = rounds.toSorted((a, b) => stolen(a) - stolen(b));
  return [...rounds.map(growthTable), calmest ? statementTable(calmest) : ''].join('\n\n');
}

function growthTable(growth: readonly Growth[]): string {
  const least = growth[0]?.work;
  const rows = growth.map(({ accounts, signals, first, work }) => [
    `${figure(accounts, 0)} accounts`,
    `${figure(signals, 0)} signals`,
    figure(work.decisions, 0),
    figure(work.p50, 2),
    figure(work.p99, 2),
    figure(least && work.p50 / least.p50, 2),
    figure(least && work.p99 / least.p99, 2),
    figure(work.cpu, 2),
    figure(least && work.cpu / least.cpu, 2),
    figure(work.pages, 0),
    figure(work.read, 0),
    figure(100 * work.stolen, 1),
    figure(first, 0),
  ]);
  return table(
    [
      'policy',
      '',
      'decisions',
      'p50 ms',
      'p99 ms',
      'p50 : least',
      'p99 : least',
      'CPU ms',
      'CPU : least',
      'pages',
      'not cached',
      'stolen %',
      'first ms',
    ],
    rows,
  );
}

/** Time per statement on the largest table, beside the same on the smallest. */
function statementTable(growth: readonly Growth[]): string {
  const [first, last] = [growth[0]?.work, growth.at(-1)?.work];
  if (!first || !last) return '';
  const rows = last.statements.map(({ says, times, p50, p99 }) => {
    const least = first.statements.find((each) => each.says === says);
    return [
      says,
      '',
      figure(times, 0),
      figure(p50, 2),
      figure(p99, 2),
      figure(least && p50 / least.p50, 2),
      figure(least && p99 / least.p99, 2),
    ];
  });
  const asked = sum(last.statements.map(({ times }) => times));
  return table(
    [
      `of it, ${figure(asked, 0)} statements`,
      '',
      'times',
      'p50 ms',
      'p99 ms',
      'p50 : least',
      'p99 : least',
    ],
    rows,
  );
}

import type { Machine } from './machine.ts';
import { CONCURRENCY } from './operation.ts';
import type { Figures, Ratio, Result } from './result.ts';
import { SERVERS, type ServerName } from './server.ts';
import { figure, table } from './table.ts';

const COLUMNS = [
  'operation',
  'server',
  'op/s',
  '±',
  'p50 ms',
  'p99 ms',
  'SQL/op',
  'CPU ms/op',
  'server',
  'PostgreSQL',
];
const NAMES = Object.keys(SERVERS) as ServerName[];

export function headline(machine: Machine): string {
  const { cpu, cores, system, node, postgres, oidcProvider } = machine;
  return `${cpu}, ${cores} cores, ${system} · Node ${node} · PostgreSQL ${postgres}, durable (fsync on) · oidc-provider ${oidcProvider}`;
}

export function serverLines(names: readonly ServerName[]): string {
  return names.map((name) => `  ${name.padEnd(8)} ${SERVERS[name].says}`).join('\n');
}

export function figuresTable(results: readonly Result[]): string {
  const rows = results.flatMap(({ operation, servers }) =>
    NAMES.flatMap((name) => (servers[name] ? [[name, ...cells(servers[name])]] : [])).map(
      (row, index) => [index === 0 ? operation : '', ...row],
    ),
  );
  return table(COLUMNS, rows);
}

function cells({
  operationsPerSecond,
  spread,
  p50,
  p99,
  statements,
  cpu,
}: Figures): readonly string[] {
  return [
    figure(operationsPerSecond),
    `${figure(spread * 100, 0)} %`,
    figure(p50),
    figure(p99),
    statements === null ? '-' : figure(statements, 2),
    figure(cpu?.all),
    figure(cpu?.server),
    figure(cpu?.postgres),
  ];
}

export function ratioTable(results: readonly Result[]): string {
  const peers = NAMES.filter((name) => name !== 'bindery');
  const heading = [
    'bindery : peer',
    '',
    ...peers.flatMap((name) => [`op/s : ${name}`, `CPU : ${name}`]),
  ];
  const row = (ratio: Ratio | undefined) => [figure(ratio?.speed, 2), figure(ratio?.cpu, 2)];
  const compared = results.filter(({ ratios }) => Object.keys(ratios).length > 0);
  if (compared.length === 0) return '';
  return table(
    heading,
    compared.map(({ operation, ratios }) => [
      operation,
      '',
      ...peers.flatMap((name) => row(ratios[name])),
    ]),
  );
}

export function legend(results: readonly Result[], repeat: string): string {
  const rounds = Math.max(...results.map(({ plan }) => plan.rounds));
  const seconds = results.map(({ plan }) => plan.secondsPerRound);
  const width = Math.max(...results.map(({ operation }) => operation.length));
  return [
    ...results.map(({ operation, says }) => `${operation.padEnd(width)}  ${says}`),
    '',
    `${rounds} rounds of ${range(seconds)} s each, ${CONCURRENCY} connections, servers in turn after a warm-up. op/s, p50, p99: median of the`,
    'rounds; ±: half of lowest to highest. SQL/op, CPU/op: all rounds over all operations; CPU is that of the server and',
    'PostgreSQL, not of the client. Ratios: op/s more than 1, CPU less than 1 is better for Bindery.',
    `Again: ${repeat}`,
  ].join('\n');
}

function range(values: readonly number[]): string {
  const [least, most] = [Math.min(...values).toFixed(1), Math.max(...values).toFixed(1)];
  return least === most ? most : `${least} to ${most}`;
}

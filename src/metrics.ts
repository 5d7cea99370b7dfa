import { Counter, collectDefaultMetrics, Gauge, type Registry } from 'prom-client';
import { COUNTERS, type Count, type CounterName } from './kernel/counters.ts';
import { countOpen, type OpenCount } from './review/escalations.store.ts';
import type { Database } from './store/database.ts';

/**
 * Creates the counters of {@link COUNTERS} in `registry`. Every worker of a cluster has its own.
 */
export function makeCounters(registry: Registry): Count {
  const counters = new Map(
    Object.entries(COUNTERS).map(([name, { help, labels }]) => [
      name as CounterName,
      new Counter({ name, help, labelNames: [...labels] as string[], registers: [registry] }),
    ]),
  );
  return (name, labels) => counters.get(name)?.inc({ ...labels });
}

/** Starts the other metrics of this process, for `/metrics` or for the first process to collect. */
export function startMetrics(db: Database, registry: Registry): void {
  collectDefaultMetrics({ register: registry });
  new Counter({
    name: 'bindery_sql_statements_total',
    help: 'SQL statements sent to PostgreSQL',
    registers: [registry],
    collect() {
      this.reset();
      this.inc(db.sent);
    },
  });
  for (const [name, help, count] of CASES) {
    new Gauge({
      name,
      help,
      labelNames: ['subject', 'kind'],
      aggregator: 'first', // every worker counts the same rows
      registers: [registry],
      async collect() {
        const counts = await countOpen(db);
        this.reset();
        for (const each of counts)
          this.set({ subject: each.subject, kind: each.kind ?? 'none' }, count(each));
      },
    });
  }
}

// biome-ignore format: a table is read by its columns
const CASES: readonly (readonly [name: string, help: string, count: (each: OpenCount) => number])[] = [
  ['bindery_review_cases_open', 'Review cases that wait for people',                 ({ open }) => open],
  ['bindery_review_cases_late', 'Review cases that wait for people past their time', ({ late }) => late],
];

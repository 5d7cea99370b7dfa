import { Counter, collectDefaultMetrics, Gauge, type Registry, register } from 'prom-client';
import { countOpen, type OpenCount } from './review/escalations.store.ts';
import type { Database } from './store/database.ts';

/** Metrics of this process, for `/metrics` (or for the first process to gather from its workers). */
export function startMetrics(db: Database): Registry {
  collectDefaultMetrics({ register });
  new Counter({
    name: 'bindery_sql_statements_total',
    help: 'SQL statements sent to PostgreSQL',
    registers: [register],
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
      registers: [register],
      async collect() {
        const counts = await countOpen(db);
        this.reset();
        for (const each of counts)
          this.set({ subject: each.subject, kind: each.kind ?? 'none' }, count(each));
      },
    });
  }
  return register;
}

// biome-ignore format: a table is read by its columns
const CASES: readonly (readonly [name: string, help: string, count: (each: OpenCount) => number])[] = [
  ['bindery_review_cases_open', 'Review cases that wait for people',                 ({ open }) => open],
  ['bindery_review_cases_late', 'Review cases that wait for people past their time', ({ late }) => late],
];

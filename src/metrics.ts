import { Counter, collectDefaultMetrics, type Registry, register } from 'prom-client';
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
  return register;
}

import type { Database } from '../../src/store/database.ts';
import type { PlanNode } from './plans.ts';

/** A statement that was run, and what PostgreSQL did for it. */
export interface RunPlan {
  readonly text: string;
  readonly plan: PlanNode;
}

/**
 * Has PostgreSQL report the plan of each statement from here on, with the rows that really came
 * (auto_explain). Statements inside functions and of foreign keys are reported too. Needs a
 * superuser, as tests have. Connections that are open are ended first.
 */
export async function logPlans(db: Database): Promise<readonly RunPlan[]> {
  const log: RunPlan[] = [];
  // biome-ignore format: a table is read by its columns
  const SETTINGS = {
    'session_preload_libraries':         'auto_explain',
    'auto_explain.log_min_duration':     '0',
    'auto_explain.log_analyze':          'on',
    'auto_explain.log_timing':           'off',
    'auto_explain.log_nested_statements': 'on',
    'auto_explain.log_format':           'json',
    'auto_explain.log_level':            'notice',
  } as const;
  db.pool.on('connect', (client) => {
    client.on('notice', ({ message = '' }) => {
      const at = message.indexOf('plan:\n');
      if (at < 0) return;
      const told = JSON.parse(message.slice(at + 6)) as Record<'Query Text', string> & {
        readonly Plan: PlanNode;
      };
      log.push({ text: told['Query Text'], plan: told.Plan });
    });
  });
  // `load` first: PostgreSQL takes no setting of a library that it does not know.
  const client = await db.pool.connect();
  const { database = '' } = client;
  await client.query(`load 'auto_explain'`);
  for (const [setting, value] of Object.entries(SETTINGS))
    await client.query(
      `alter database ${client.escapeIdentifier(database)} set ${setting} = '${value}'`,
    );
  client.release(true);
  await db.pool.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid()`,
  );
  return log;
}

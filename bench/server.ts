import { fileURLToPath } from 'node:url';
import { type Child, startChild } from './child.ts';
import { type CpuTime, cpuTime } from './cpu.ts';
import { discover, type Endpoints } from './discover.ts';
import { send, Unexpected } from './http.ts';
import type { Postgres } from './postgres.ts';

/** The servers that are compared with the first. */
// biome-ignore format: a table is read by its columns
export const SERVERS = {
  bindery: { script: '../src/main.ts',     database: 'bindery', says: 'Bindery on PostgreSQL' },
  memory:  { script: './peers/memory.ts',  database: undefined, says: 'oidc-provider alone, its in-memory adapter' },
  plain:   { script: './peers/plain.ts',   database: 'plain',   says: 'oidc-provider with a plain find/upsert adapter on the same PostgreSQL' },
} as const satisfies Record<string, { script: string; database: string | undefined; says: string }>;

export type ServerName = keyof typeof SERVERS;

export interface Server {
  readonly name: ServerName;
  readonly issuer: string;
  readonly endpoints: Endpoints;
  readonly databaseUrl: string | undefined;
  /** Statements sent to PostgreSQL since the start; undefined without PostgreSQL. */
  statements(): Promise<number | undefined>;
  cpu(): CpuTime | undefined;
}

export async function startServer(name: ServerName, postgres: Postgres): Promise<Server> {
  const { script, database } = SERVERS[name];
  const databaseUrl = database && (await postgres.database(database));
  const child = await startChild(fileURLToPath(new URL(script, import.meta.url)), {
    ...(databaseUrl ? { DATABASE_URL: databaseUrl } : {}),
    ...(name === 'bindery' ? { DATA_DIR: `${postgres.folder}/${name}`, DEMO: 'true' } : {}),
  });
  return {
    name,
    issuer: child.issuer,
    endpoints: await discover(child.issuer),
    databaseUrl,
    statements: async () => (databaseUrl ? await statementsOf(child) : undefined),
    cpu: () => cpuTime(child.pid, databaseUrl ? postgres.postmaster : undefined),
  };
}

async function statementsOf({ management }: Child): Promise<number> {
  const answer = await send(new URL('/metrics', management));
  const found = /^bindery_sql_statements_total(?:\{[^}]*\})? (\S+)$/m.exec(answer.body)?.[1];
  if (answer.status !== 200 || found === undefined)
    throw new Unexpected('no count of statements', answer);
  return Number(found);
}

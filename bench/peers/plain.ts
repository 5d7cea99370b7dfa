import pg from 'pg';
import { PlainAdapter, SCHEMA } from './plain-adapter.ts';
import { servePeer } from './serve.ts';

/** Peer (b): oidc-provider with a typical adapter, on the same PostgreSQL as Bindery. */
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL ?? '', max: 10 });
let statements = 0;
await pool.query(SCHEMA);
const query = async (text: string, values: readonly unknown[]): Promise<pg.QueryResult> => {
  statements += 1;
  return await pool.query(text, [...values]);
};
await servePeer(
  (model) => new PlainAdapter(model, query),
  () => statements,
);

import pg from 'pg';
import type { Server } from './server.ts';

/** Two accounts of one verified person, not bound yet. */
export interface Pair {
  readonly primary: string;
  readonly sub: string;
}

let families = 0;

/**
 * Adds new people to those of the demo, in the benchmark's own database, because a binding uses up
 * its accounts. They have the demo's password and its hash, so signing in costs the usual time.
 */
export async function addPairs({ databaseUrl }: Server, count: number): Promise<readonly Pair[]> {
  families += 1;
  const prefix = `bench${families}-`;
  const client = new pg.Client({ connectionString: databaseUrl ?? '' });
  await client.connect();
  try {
    await client.query(
      `with people as (
         insert into owners (id, kind, identity_index, verified_at, verified_by)
         select 'own_' || $1 || n, 'person', sha256(convert_to($1 || n, 'UTF8')), now(), 'identity_document' from generate_series(1, $2::int) as n
       )
       insert into accounts (id, login, password_hash, display_name, kind, owner_id, qualification)
       select 'acc_' || $1 || n || side, $1 || n || side, model.password_hash, $1 || n || side, 'personal', 'own_' || $1 || n, 'verified'
         from generate_series(1, $2::int) as n, unnest(array['a', 'b']) as side, accounts as model
        where model.login = 'linxiao'`,
      [prefix, count],
    );
  } finally {
    await client.end();
  }
  return Array.from({ length: count }, (_, index) => ({
    primary: `${prefix}${index + 1}a`,
    sub: `${prefix}${index + 1}b`,
  }));
}

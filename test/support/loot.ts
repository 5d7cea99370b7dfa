import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import pg from 'pg';

/** Bytes that somebody got hold of, and where they lay. */
export interface Loot {
  readonly where: string;
  readonly bytes: Buffer;
}

/**
 * Every row of every table of Bindery's, as PostgreSQL writes it (bytes in hex), and once more with each column's bytes as
 * they are: what somebody has who has stolen a dump. PostgreSQL packs long values in its files; here they are unpacked.
 */
export async function databaseDump(url: string): Promise<Loot[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const loot: Loot[] = [];
    for (const { schema, relation, name, type } of (await client.query<Column>(COLUMNS)).rows) {
      const column = client.escapeIdentifier(name);
      const from = `from ${client.escapeIdentifier(schema)}.${client.escapeIdentifier(relation)} where ${column} is not null`;
      const { rows } = await client.query<{ text: string; bytes: Buffer | null }>(
        `select ${column}::text as text, ${type === 'bytea' ? column : 'null::bytea'} as bytes ${from}`,
      );
      const where = `${schema}.${relation}.${name}`;
      loot.push({ where, bytes: Buffer.from(rows.map(({ text }) => text).join('\n')) });
      const raw = rows.flatMap(({ bytes }) => (bytes ? [bytes, Buffer.from('\n')] : []));
      if (raw.length > 0) loot.push({ where: `${where}, as bytes`, bytes: Buffer.concat(raw) });
    }
    return loot;
  } finally {
    await client.end();
  }
}

interface Column {
  readonly schema: string;
  readonly relation: string;
  readonly name: string;
  readonly type: string;
}

const COLUMNS = `
  select n.nspname as schema, c.relname as relation, a.attname as name, t.typname as type
    from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
         join pg_type t on t.oid = a.atttypid
   where c.relkind in ('r', 'm', 'p') and a.attnum > 0 and not a.attisdropped
         and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
   order by 1, 2, a.attnum`;

/** Every file under a folder: what somebody has who has stolen the disk. */
export async function filesUnder(folder: string): Promise<Loot[]> {
  const loot: Loot[] = [];
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined; // a running database removes files of its own
      throw error;
    });
    if (bytes) loot.push({ where: relative(folder, path), bytes });
  }
  return loot;
}

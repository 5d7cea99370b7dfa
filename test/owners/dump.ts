import type { Db } from '../../src/store/database.ts';
import { sql } from '../../src/store/sql.ts';

/**
 * Every row of every table as text, bytes in hex: what somebody has who has stolen the database.
 */
export async function dumpOf(db: Db): Promise<string> {
  const rows = await db.query<{ dump: string }>(sql`
    select coalesce(query_to_xml(format('select t::text as r from %I.%I t', schemaname, tablename), true, false, '')::text, '') as dump
      from pg_tables where schemaname = 'public' order by tablename`);
  return rows.map(({ dump }) => dump).join('\n');
}

/** The ways in which `bytes` may stand in a text. */
function encodingsOf(bytes: Uint8Array): readonly string[] {
  const buffer = Buffer.from(bytes);
  const encoded = (['utf8', 'hex', 'base64', 'base64url', 'utf16le'] as const).map((encoding) =>
    buffer.toString(encoding).replace(/=+$/, ''),
  );
  return [
    ...encoded,
    encodeURIComponent(buffer.toString('utf8')),
    JSON.stringify(buffer.toString('utf8')).slice(1, -1),
  ];
}

export function isIn(dump: string, secret: Uint8Array | string): boolean {
  const bytes = typeof secret === 'string' ? Buffer.from(secret) : secret;
  return encodingsOf(bytes).some((encoding) => dump.toLowerCase().includes(encoding.toLowerCase()));
}

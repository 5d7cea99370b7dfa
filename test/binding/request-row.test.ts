import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import type { RequestState } from '../../src/binding/binding-request.ts';
import { fromRow, type RequestRow } from '../../src/binding/request-row.ts';
import { sql } from '../../src/store/sql.ts';
import { freshDatabase } from '../support/database.ts';

/** The first column that each state needs; null where it needs none. */
const NEEDS = {
  created: null,
  offered: 'initiator_id',
  answered: 'initiator_id',
  proving: 'initiator_id',
  in_review: 'initiator_id',
  approved: 'initiator_id',
  redeemed: 'initiator_id',
  refused: 'refusal',
  expired: 'ended_because',
} as const satisfies Record<RequestState, keyof RequestRow | null>;

/** The members of RequestRow as the source declares them, with whether each may be null. */
function membersOfRequestRow(): ReadonlyMap<string, boolean> {
  const source = readFileSync('src/binding/request-row.ts', 'utf8');
  const [, body = ''] = /^export interface RequestRow \{\n([^}]*)^\}/m.exec(source) ?? [];
  return new Map(
    [...body.matchAll(/^ {2}readonly (\w+): (.+);$/gm)].map(([, name = '', type = '']) => [
      name,
      type.endsWith('| null'),
    ]),
  );
}

describe('a row of binding_requests', () => {
  test('each member of RequestRow is a column, null where the column may be', async () => {
    const { db } = await freshDatabase();
    const rows = await db.query<{ name: string; nullable: boolean }>(sql`
      select column_name as name, is_nullable = 'YES' as nullable from information_schema.columns
       where table_schema = current_schema() and table_name = 'binding_requests'`);
    const columns = new Map(rows.map(({ name, nullable }) => [name, nullable]));
    const members = [...membersOfRequestRow()].filter(([name]) => name !== 'now'); // the clock
    expect(members.length).toBeGreaterThan(30);
    expect(members.map(([name]) => [name, columns.get(name)])).toStrictEqual(members);
  });

  for (const [state, column] of Object.entries(NEEDS)) {
    if (column === null) continue;
    test(`a row in state ${state} without ${column} is an error`, () => {
      for (const value of [null, undefined]) {
        const row = { id: 'req_1', state, [column]: value } as unknown as RequestRow;
        expect(() => fromRow(row)).toThrow(`is ${state} but has no ${column}`);
      }
    });
  }
});

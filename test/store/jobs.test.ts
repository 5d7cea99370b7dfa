import { describe, expect, test } from '@jest/globals';
import { enqueue, enqueueAll, jobStatement, queueOf, TASKS } from '../../src/store/jobs.store.ts';
import { sql, together } from '../../src/store/sql.ts';
import { freshDatabase } from '../support/database.ts';

const { db } = await freshDatabase();

interface Waiting {
  readonly task: string;
  readonly queue: string | null;
  readonly due: boolean;
}

async function takeAll(): Promise<Waiting[]> {
  const rows = await db.query<Waiting>(sql`
    select task_identifier as task, queue_name as queue, run_at <= now() as due from graphile_worker.jobs order by id`);
  await db.query(
    sql`select 1 from graphile_worker.complete_jobs(array(select id from graphile_worker.jobs))`,
  );
  return rows;
}

describe('a job that is enqueued in a transaction', () => {
  test('a job exists when the transaction commits', async () => {
    await db.transaction(async (tx) => await enqueue(tx, { task: 'ask-provider', cause: 'a' }));
    expect(await takeAll()).toStrictEqual([
      { task: 'ask-provider', queue: 'ask-provider', due: true },
    ]);
  });

  test('a job does not exist when the transaction fails', async () => {
    const failing = db.transaction(async (tx) => {
      await enqueue(tx, { task: 'ask-provider', cause: 'a' });
      throw new Error('as if');
    });
    await expect(failing).rejects.toThrow(/as if/);
    expect(await takeAll()).toStrictEqual([]);
  });

  test('a job and its cause need one statement', async () => {
    const cause = sql`insert into rate_limits (key, points) values ('cause', 1)`;
    await db.query(together([cause, jobStatement({ task: 'check-faces', cause: 'a' })]));
    expect(await takeAll()).toStrictEqual([
      { task: 'check-faces', queue: 'check-faces', due: true },
    ]);
    expect((await db.query(sql`select 1 from rate_limits where key = 'cause'`)).length).toBe(1);
  });

  test('a job that PostgreSQL would not run is refused', () => {
    const cause = sql`insert into rate_limits (key, points) values ('other', 1)`;
    expect(() => together([jobStatement({ task: 'check-faces', cause: 'a' }), cause])).toThrow(
      /would not run/,
    );
  });

  test('a job does not wait for a transaction with another cause', async () => {
    await db.transaction(async (tx) => {
      await enqueue(tx, { task: 'ask-provider', cause: 'a' });
      await db.transaction(async (other) => {
        await other.query(sql`set local lock_timeout = '2s'`);
        await enqueue(other, { task: 'ask-provider', cause: 'b' });
      });
    });
    expect((await takeAll()).length).toBe(2);
  });
});

test('jobs of one cause are one job', async () => {
  await enqueue(db, { task: 'remove-documents', cause: 'a', inSeconds: 60 });
  await enqueue(db, { task: 'remove-documents', cause: 'a' });
  expect(await takeAll()).toStrictEqual([
    { task: 'remove-documents', queue: 'remove-documents', due: true },
  ]);
});

test('a job for later does not run now', async () => {
  await enqueue(db, { task: 'end-overdue-requests', cause: 'a', inSeconds: 30 });
  expect(await takeAll()).toStrictEqual([
    { task: 'end-overdue-requests', queue: 'end-overdue-requests', due: false },
  ]);
});

test('every task can be made due at once', async () => {
  await enqueueAll(db, 'all');
  const expected = TASKS.map((task) => ({ task, queue: queueOf(task), due: true }));
  expect(await takeAll()).toStrictEqual(expected);
});

import { expect, test } from '@jest/globals';
import { demoPlatform, newUser, told } from '../fixtures/scim.ts';
import { startServer } from '../support/server.ts';

const { issuer, bindery, logged } = await startServer({ readLog: true });
const { pool } = bindery.db;
const scim = await demoPlatform(issuer);

/** Sends a message that waits for a lock, and cuts its connection to the database. */
async function cutOff(send: () => ReturnType<typeof scim.send>) {
  const client = await pool.connect();
  try {
    await client.query('begin; lock table accounts in access exclusive mode');
    const answer = send();
    for (let tries = 0, cut = 0; cut === 0; tries += 1) {
      if (tries > 2_000) throw new Error('the message does not wait for the lock');
      // On another connection, because a transaction sees one moment of this view.
      const { rows } = await pool.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
          where datname = current_database() and wait_event_type = 'Lock'`,
      );
      cut = rows.length;
    }
    return await answer;
  } finally {
    await client.query('rollback');
    client.release();
  }
}

test('an outage is told as a SCIM error, and the message can be sent again', async () => {
  const user = newUser();
  for (const send of [
    async () => await scim.send('POST', '/Users', user),
    async () => await scim.send('GET', '/Users'),
  ]) {
    const answer = await cutOff(send);
    expect([told(answer), answer.headers.get('retry-after')]).toStrictEqual(['503', '2']);
    expect(answer.headers.get('content-type')).toBe('application/scim+json; charset=utf-8');
  }
  expect(told(await scim.send('POST', '/Users', user))).toBe('201');
  expect(logged.filter(({ msg }) => msg === 'a request failed').length).toBe(2);
});

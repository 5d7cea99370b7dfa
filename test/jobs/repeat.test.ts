import assert from 'node:assert/strict';
import { test } from 'node:test';
import { repeat } from '../../src/jobs/repeat.ts';

test('a job is done again and again, one round after the other, and a round that fails is reported and no more', async () => {
  const errors: unknown[] = [];
  const failure = new Error('the database is away');
  let [rounds, running, most] = [0, 0, 0];
  await new Promise<void>((enough) => {
    const stop = repeat(
      async () => {
        rounds += 1;
        running += 1;
        most = Math.max(most, running);
        await new Promise((done) => setTimeout(done, 5));
        running -= 1;
        if (rounds === 2) throw failure;
        if (rounds === 4) void stop().then(enough);
      },
      1,
      (error) => errors.push(error),
    );
  });
  assert.deepEqual([rounds, most, errors], [4, 1, [failure]]);
});

test('a job that is stopped ends the round under way, and begins none', async () => {
  let [begun, ended] = [0, 0];
  let release = (): void => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  const first = Promise.withResolvers<void>();
  const stop = repeat(
    async () => {
      begun += 1;
      first.resolve();
      await held;
      ended += 1;
    },
    1,
    (error) => assert.fail(String(error)),
  );
  await first.promise;
  const stopped = stop();
  release();
  await stopped;
  await new Promise((done) => setTimeout(done, 20));
  assert.deepEqual([begun, ended], [1, 1]);
});

import { spawnSync } from 'node:child_process';
import { expect, test } from '@jest/globals';

/** What the log writes to standard error for `logged`, which is an expression. */
function written(logged: string): Record<string, unknown> {
  const program = `import { makeLog } from '${new URL('../src/log.ts', import.meta.url).href}'; makeLog('info').info(${logged});`;
  const { status, stderr } = spawnSync(
    process.execPath,
    ['--input-type=module', '--eval', program],
    { encoding: 'utf8' },
  );
  expect([stderr, status]).toStrictEqual([stderr, 0]);
  return JSON.parse(stderr) as Record<string, unknown>;
}

test('the log keeps the SQLSTATE of an error, which tells an outage from a bug', () => {
  const { err } = written(
    "{ err: Object.assign(new Error('duplicate key'), { code: '23505', detail: 'Key (login)=(linxiao)' }) }",
  );
  expect((err as { code: string }).code).toBe('23505');
});

test('the log of a database error has no values of the row', () => {
  const failed =
    "{ code: '23514', detail: 'Failing row contains (110101199003070118)', where: 'at 110101199003070118' }";
  expect(
    JSON.stringify(written(`{ err: Object.assign(new Error('check'), ${failed}) }`)),
  ).not.toMatch(/110101199003070118/);
});

test('the log keeps the code of a refusal', () => {
  expect(written("{ refusal: { code: 'limit_reached', site: 'BIND-7A4' } }").refusal).toStrictEqual(
    {
      code: 'limit_reached',
      site: 'BIND-7A4',
    },
  );
});

test('the log never has a binding code or handle, however deeply nested [R7]', () => {
  for (const where of ['', 'body', 'params', 'query', 'shown', 'request.body']) {
    const logged = where
      .split('.')
      .reduceRight(
        (inside, name) => (name === '' ? inside : `{ ${name}: ${inside} }`),
        "{ code: 'SECRET', link: 'SECRET', user_code: 'SECRET', password: 'SECRET' }",
      );
    const line = JSON.stringify(written(logged));
    expect([where, line]).toStrictEqual([where, expect.not.stringMatching(/SECRET/)]);
    expect(line).toMatch(/…/);
  }
});

import { spawnSync } from 'node:child_process';
import { expect, test } from '@jest/globals';

/** What the log writes of `logged`, an expression, on standard error. */
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

test('an error keeps its SQLSTATE, by which an outage and a bug are told apart', () => {
  const { err } = written(
    "{ err: Object.assign(new Error('duplicate key'), { code: '23505', detail: 'Key (login)=(linxiao)' }) }",
  );
  expect((err as { code: string }).code).toBe('23505');
});

test('an error says nothing of the row that failed', () => {
  const failed =
    "{ code: '23514', detail: 'Failing row contains (110101199003070118)', where: 'at 110101199003070118' }";
  expect(
    JSON.stringify(written(`{ err: Object.assign(new Error('check'), ${failed}) }`)),
  ).not.toMatch(/110101199003070118/);
});

test('a refusal keeps its code', () => {
  expect(written("{ refusal: { code: 'limit_reached', site: 'BIND-7A4' } }").refusal).toStrictEqual(
    {
      code: 'limit_reached',
      site: 'BIND-7A4',
    },
  );
});

test('a code that a person or an app holds is not written, however deep the log is given it [R7]', () => {
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

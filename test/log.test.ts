import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';

/** What the log writes of `logged`, an expression, on standard error. */
function written(logged: string): Record<string, unknown> {
  const program = `import { makeLog } from '${new URL('../src/log.ts', import.meta.url).href}'; makeLog('info').info(${logged});`;
  const { status, stderr } = spawnSync(
    process.execPath,
    ['--input-type=module', '--eval', program],
    { encoding: 'utf8' },
  );
  assert.equal(status, 0, stderr);
  return JSON.parse(stderr) as Record<string, unknown>;
}

test('an error keeps its SQLSTATE, by which an outage and a bug are told apart', () => {
  const { err } = written(
    "{ err: Object.assign(new Error('duplicate key'), { code: '23505', detail: 'Key (login)=(linxiao)' }) }",
  );
  assert.equal((err as { code: string }).code, '23505');
});

test('an error says nothing of the row that failed', () => {
  const failed =
    "{ code: '23514', detail: 'Failing row contains (110101199003070118)', where: 'at 110101199003070118' }";
  assert.doesNotMatch(
    JSON.stringify(written(`{ err: Object.assign(new Error('check'), ${failed}) }`)),
    /110101199003070118/,
  );
});

test('a refusal keeps its code', () => {
  assert.deepEqual(written("{ refusal: { code: 'limit_reached', site: 'BIND-7A4' } }").refusal, {
    code: 'limit_reached',
    site: 'BIND-7A4',
  });
});

test('R7 a code that a person or an app holds is not written, however deep the log is given it', () => {
  for (const where of ['', 'body', 'params', 'query', 'shown', 'request.body']) {
    const logged = where
      .split('.')
      .reduceRight(
        (inside, name) => (name === '' ? inside : `{ ${name}: ${inside} }`),
        "{ code: 'SECRET', link: 'SECRET', user_code: 'SECRET', password: 'SECRET' }",
      );
    const line = JSON.stringify(written(logged));
    assert.doesNotMatch(line, /SECRET/, where);
    assert.match(line, /…/);
  }
});

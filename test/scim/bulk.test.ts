import { describe, expect, test } from '@jest/globals';
import { ACCOUNT, BULK, demoPlatform, newUser, PATCH, told, USER } from '../fixtures/scim.ts';
import type { Body } from '../support/apps.ts';
import { startServer } from '../support/server.ts';

const { issuer } = await startServer();
const scim = await demoPlatform(issuer);

const send = async (operations: readonly Body[], more: Body = {}) =>
  await scim.send('POST', '/Bulk', { schemas: [BULK], Operations: operations, ...more });
const add = (bulkId: string, more: Body = {}): Body => ({
  method: 'POST',
  path: '/Users',
  bulkId,
  data: newUser(more),
});
const set = (path: string, more: Body = {}): Body => ({
  method: 'PATCH',
  path,
  data: { schemas: [PATCH], Operations: [{ op: 'replace', path: 'active', value: false }] },
  ...more,
});
const answers = ({ body }: { body: Body }) =>
  (body.Operations as Body[]).map(({ method, status }) => `${method} ${status}`);

describe('a bulk message', () => {
  test('creates, changes and closes, each in a transaction of its own [R47]', async () => {
    const { id, meta } = await scim.create();
    const { id: closing } = await scim.create();
    const answer = await send([
      add('one'),
      set('/Users/bulkId:one'),
      { method: 'put', path: `/Users/${id}`, data: newUser(), version: 'W/"9"' },
      set(`/Users/${id}`, { version: (meta as Body).version }),
      { method: 'DELETE', path: `/Users/${closing}` },
      { method: 'DELETE', path: '/Users/acc_nobody' },
    ]);
    expect(answer.status).toBe(200);
    expect(answers(answer)).toStrictEqual([
      'POST 201',
      'PATCH 200',
      'PUT 412',
      'PATCH 200',
      'DELETE 204',
      'DELETE 404',
    ]);
    const [made, changed] = answer.body.Operations as Body[];
    expect([made?.bulkId, changed?.location]).toStrictEqual(['one', made?.location]);
    const [, made2 = ''] = /Users\/(.+)$/.exec(String(made?.location)) ?? [];
    expect((await scim.send('GET', `/Users/${made2}`)).body.active).toBe(false);
  });

  test('does what is referred to before what refers to it', async () => {
    const answer = await send([set('/Users/bulkId:late'), add('late')]);
    expect(answers(answer)).toStrictEqual(['POST 201', 'PATCH 200']);
  });

  test('stops after as many errors as it says', async () => {
    const bad = { method: 'DELETE', path: '/Users/acc_nobody' };
    const answer = await send([bad, add('kept'), bad, add('never')], { failOnErrors: 2 });
    expect(answers(answer)).toStrictEqual(['DELETE 404', 'POST 201', 'DELETE 404']);
    const [failed = {}] = answer.body.Operations as Body[];
    expect((failed.response as Body).schemas).toStrictEqual([
      'urn:ietf:params:scim:api:messages:2.0:Error',
    ]);
  });

  test('what refers to a failed operation fails too', async () => {
    const answer = await send([add('bad', { userName: 7 }), set('/Users/bulkId:bad')]);
    expect(answers(answer)).toStrictEqual(['POST 400', 'PATCH 409']);
  });

  const self = { bulkId: 'a', data: newUser({ manager: { value: 'bulkId:a' } }) };
  const refers = (bulkId: string, to: string) =>
    add(bulkId, { [ACCOUNT]: { ownerReference: `bulkId:${to}` } });
  // biome-ignore format: a table is read by its columns
  const WRONG: readonly (readonly [what: string, operations: readonly Body[], more: Body, says: string])[] = [
    ['that refers to itself',           [{ ...add('a'), ...self }],                 {}, '409'],
    ['that refers in a circle',         [refers('a', 'b'), refers('b', 'c'), refers('c', 'a')], {}, '409'],
    ['that refers to nothing',          [set('/Users/bulkId:x')],                   {}, '409'],
    ['with one bulkId twice',           [add('a'), add('a')],                       {}, '400 invalidSyntax'],
    ['with a POST without bulkId',      [{ ...add('a'), bulkId: undefined }],       {}, '400 invalidSyntax'],
    ['of another resource',             [{ ...add('a'), path: '/Groups' }],         {}, '400 invalidSyntax'],
    ['with a GET',                      [{ ...add('a'), method: 'GET' }],           {}, '400 invalidSyntax'],
    ['of no operation',                 [null as unknown as Body],                  {}, '400 invalidSyntax'],
    ['that fails on no error',          [add('a')],                { failOnErrors: 0 }, '400 invalidSyntax'],
    ['of another schema',               [add('a')],                { schemas: [USER] }, '400 invalidSyntax'],
    ['of 1,001 operations',             Array.from({ length: 1_001 }, () => set('/Users/x')), {}, '413'],
  ];
  for (const [what, operations, more, says] of WRONG)
    test(`is refused whole: one ${what}`, async () =>
      expect(told(await send(operations, more))).toBe(says));

  test('a long chain of references is followed in bounded time', async () => {
    const chain = Array.from({ length: 1_000 }, (_, at) =>
      at < 999
        ? { method: 'PATCH', path: `/Users/bulkId:${at + 1}`, bulkId: String(at), data: {} }
        : { ...add('999'), data: {} },
    );
    const answer = await send(chain, { failOnErrors: 1 });
    expect(answers(answer)).toStrictEqual(['POST 400']);
  });
});

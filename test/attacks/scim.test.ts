import { request } from 'node:http';
import { describe, expect, test } from '@jest/globals';
import { withoutTexts } from '../../src/scim/filter.ts';
import {
  ACCOUNT,
  addPlatform,
  BULK,
  demoPlatform,
  newUser,
  PATCH,
  SEARCH,
  tokenOf,
  told,
  USER,
} from '../fixtures/scim.ts';
import { App, type Body } from '../support/apps.ts';
import { startServer } from '../support/server.ts';

const { issuer, bindery, logged } = await startServer({ readLog: true });
const scim = await demoPlatform(issuer);

async function within<T>(milliseconds: number, work: () => Promise<T>): Promise<T> {
  const start = performance.now();
  const value = await work();
  expect(performance.now() - start).toBeLessThan(milliseconds);
  return value;
}

describe('filters that are meant to hurt', () => {
  const search = async (filter: string) =>
    await scim.send('POST', '/.search', { schemas: [SEARCH], filter });
  const terms = (count: number, between: string) =>
    Array.from({ length: count }, (_, at) => `userName eq "u${at}"`).join(between);

  // biome-ignore format: a table is read by its columns
  const HUGE: readonly (readonly [what: string, filter: string])[] = [
    ['5,000 terms',                terms(5_000, ' or ')],
    ['101 terms',                  terms(101, ' or ')],
    ['5,000 short terms',          Array.from({ length: 5_000 }, () => 'id pr').join(' or ')],
    ['1,000 parentheses',          `${'('.repeat(1_000)}id pr${')'.repeat(1_000)}`],
    ['1,000 times not',            `${'not ('.repeat(1_000)}id pr${')'.repeat(1_000)}`],
    ['200 times not, without parentheses', `${'not '.repeat(200)}id pr`],
    ['100 value paths',            `${'photos['.repeat(100)}value pr${']'.repeat(100)}`],
    ['a text of 900,000 letters',  `userName eq "${'a'.repeat(900_000)}"`],
    ['a text without an end',      `userName eq "${'\\n'.repeat(4_000)}`],
    ['line ends in an open text',  `userName eq "${'\n'.repeat(4_000)}`],
    ['9,000 quotation marks',      '"'.repeat(9_000)],
  ];
  for (const [what, filter] of HUGE)
    test(`${what} are refused in bounded time`, async () => {
      expect(told(await within(1_000, async () => await search(filter)))).toBe('400 invalidFilter');
    });

  test('a hundred terms are not too many', async () => {
    expect(told(await search(terms(100, ' or ')))).toBe('200');
  });

  test('a filter that takes too long is cancelled', async () => {
    const client = await bindery.db.pool.connect();
    try {
      await client.query('begin; lock table accounts in access exclusive mode');
      expect(told(await search('displayName co "x"'))).toBe('400 tooMany');
    } finally {
      await client.query('rollback');
      client.release();
    }
    expect(told(await search('displayName co "x"'))).toBe('200');
  }, 20_000);

  test('the library gets no text that it reads in exponential time', () => {
    const bare = withoutTexts('userName eq "a\\nb" and displayName co "\\"]"');
    expect(bare).toStrictEqual({
      ok: true,
      value: { text: 'userName eq "0" and displayName co "1"', texts: ['a\nb', '"]'] },
    });
  });
});

describe('patches of what may not change', () => {
  // biome-ignore format: a table is read by its columns
  const FORBIDDEN: readonly (readonly [operation: Body, says: string])[] = [
    [{ op: 'replace', path: 'id', value: 'acc_mine' },                          '400 mutability'],
    [{ op: 'replace', value: { id: 'acc_mine' } },                              '400 mutability'],
    [{ op: 'replace', path: 'meta.version', value: 'W/"1"' },                   '400 mutability'],
    [{ op: 'add', value: { meta: { created: '2020-01-01T00:00:00Z' } } },       '400 mutability'],
    [{ op: 'replace', path: `${ACCOUNT}:platform`, value: 'another' },          '400 mutability'],
    [{ op: 'replace', path: ACCOUNT, value: { platform: 'another' } },          '400 mutability'],
    [{ op: 'replace', path: 'externalId', value: 'another' },                   '400 mutability'],
    [{ op: 'remove', path: 'externalId' },                                      '400 mutability'],
    [{ op: 'remove', path: 'userName' },                                        '400 mutability'],
    [{ op: 'replace', path: 'displayName', value: null },                       '400 mutability'],
    [{ op: 'remove', path: ACCOUNT },                                           '400 mutability'],
    [{ op: 'remove', path: `${ACCOUNT}:status` },                               '400 mutability'],
    [{ op: 'remove' },                                                          '400 noTarget'],
    [{ op: 'replace', path: `${ACCOUNT}:status`, value: 'closed' },             '400 invalidValue'],
    [{ op: 'replace', path: `${ACCOUNT}:kind`, value: 'operator' },             '400 invalidValue'],
    [{ op: 'replace', path: 'userName', value: { a: 1 } },                      '400 invalidValue'],
    [{ op: 'replace', path: 'active', value: 'perhaps' },                       '400 invalidValue'],
    [{ op: 'replace', path: 'photos', value: 'https://a.example/' },            '400 invalidValue'],
    [{ op: 'replace', path: 'photos', value: [{ value: 'javascript:alert(1)' }] }, '400 invalidValue'],
    [{ op: 'replace', path: 'userName' },                                       '400 invalidValue'],
    [{ op: 'replace', path: 'owner_id', value: 'own_mine' },                    '400 invalidPath'],
    [{ op: 'replace', path: 'qualification', value: 'verified' },               '400 invalidPath'],
    [{ op: 'add', path: '__proto__.polluted', value: 'yes' },                   '400 invalidPath'],
    [{ op: 'add', path: 'constructor.prototype.polluted', value: 'yes' },       '400 invalidPath'],
    [{ op: 'add', path: `${ACCOUNT}:__proto__.polluted`, value: 'yes' },        '400 invalidPath'],
    [{ op: 'add', path: 'active.polluted', value: 'yes' },                      '400 invalidPath'],
    [{ op: 'replace', path: 'active.value', value: false },                     '400 invalidPath'],
    [{ op: 'add', path: 'userName[value eq "a"].type', value: 'a' },            '400 invalidPath'],
    [{ op: 'add', path: 'photos.owner', value: 'yes' },                         '400 invalidPath'],
    [{ op: 'add', path: 'photos[value eq "a"].constructor', value: 'yes' },     '400 invalidPath'],
    [{ op: 'add', path: 'photos.__proto__', value: 'yes' },                     '400 invalidPath'],
    [{ op: 'add', path: 'photos[value eq "a"].__proto__', value: 'yes' },       '400 invalidPath'],
    [{ op: 'add', path: `photos[value eq "${'a'.repeat(400)}"]`, value: 'yes' }, '400 invalidPath'],
    [{ op: 'add', path: 'photos[value eq "a]', value: [] },                     '400 invalidFilter'],
    [{ op: 'add', path: 7, value: 'yes' },                                      '400 invalidPath'],
    [{ op: 'move', path: 'userName', value: 'x' },                              '400 invalidSyntax'],
  ];
  for (const [operation, says] of FORBIDDEN)
    test(`refuses ${JSON.stringify(operation).slice(0, 70)}`, async () => {
      const { id } = await scim.create();
      const before = (await scim.send('GET', `/Users/${id}`)).body;
      expect(told(await scim.patch(id, operation))).toBe(says);
      expect((await scim.send('GET', `/Users/${id}`)).body).toStrictEqual(before);
      expect(({} as { polluted?: unknown }).polluted).toBe(undefined);
    });

  test('members named __proto__ pollute nothing', async () => {
    const { id } = await scim.create();
    const value = '{"__proto__":{"polluted":"yes"},"displayName":"x"}';
    const operation = `{"op":"add","value":${value}}`;
    const body = `{"schemas":["${PATCH}"],"Operations":[${operation}]}`;
    expect(told(await scim.send('PATCH', `/Users/${id}`, body))).toBe('400 invalidPath');
    const user = `{"schemas":["${USER}"],"userName":"proto","__proto__":{"polluted":"yes"}}`;
    expect(told(await scim.send('POST', '/Users', user))).toBe('201');
    expect(({} as { polluted?: unknown }).polluted).toBe(undefined);
  });

  test('101 operations are refused', async () => {
    const { id } = await scim.create();
    const operations = Array.from({ length: 101 }, () => ({ op: 'add', value: { title: 'x' } }));
    expect(told(await scim.patch(id, ...operations))).toBe('400 invalidSyntax');
  });
});

describe('values that do not fit', () => {
  // biome-ignore format: a table is read by its columns
  const BAD: readonly (readonly [what: string, more: Body, field: string])[] = [
    ['a login of 10 KB',               { userName: 'a'.repeat(10_240) },             'userName'],
    ['a login with NUL',               { userName: 'a\0b' },                         'userName'],
    ['a login that turns around',      { userName: 'a\u202eb' },                     'userName'],
    ['a login with spaces',            { userName: 'a b' },                          'userName'],
    ['an empty login',                 { userName: '' },                             'userName'],
    ['no login',                       { userName: undefined },                      'userName'],
    ['a name of 10 KB',                { displayName: '云'.repeat(10_240) },         'displayName'],
    ['a name with NUL',                { displayName: 'a\0b' },                      'displayName'],
    ['a name that turns around',       { displayName: '\u2066a' },                   'displayName'],
    ['an external id of 10 KB',        { externalId: 'e'.repeat(10_240) },           'externalId'],
    ['an external id with NUL',        { externalId: 'e\0' },                        'externalId'],
    ['half a character',               { displayName: '\ud800' },                    'displayName'],
    ['a picture over http',            { photos: [{ value: 'http://a.example/' }] }, 'photos'],
    ['a picture with a password',      { photos: [{ value: 'https://a:b@a.example/' }] }, 'photos'],
    ['a status that only deleting gives', { [ACCOUNT]: { status: 'closed' } },       'status'],
    ['an owner of another type',       { [ACCOUNT]: { ownerReference: 7 } },         'ownerReference'],
  ];
  for (const [what, more, field] of BAD)
    test(`${what} is refused, and not repeated`, async () => {
      const answer = await scim.send('POST', '/Users', newUser(more));
      expect(answer.body).toStrictEqual({
        schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
        status: '400',
        scimType: 'invalidValue',
        detail: `A value does not fit its attribute. (${field})`,
      });
    });

  // biome-ignore format: a table is read by its columns
  const BODIES: readonly (readonly [what: string, body: string, says: string])[] = [
    ['no JSON',              '{',                                    '400 invalidSyntax'],
    ['a number',             '7',                                    '400 invalidSyntax'],
    ['a list',               '[]',                                   '400 invalidSyntax'],
    ['no schema',            '{"userName":"a"}',                     '400 invalidSyntax'],
    ['deep lists',           `${'['.repeat(500_000)}${']'.repeat(500_000)}`, '400 invalidSyntax'],
    ['deep objects',         `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`, '400 invalidSyntax'],
    ['more than a megabyte', JSON.stringify(newUser({ title: 'a'.repeat(1_048_576) })), '413'],
  ];
  for (const [what, body, says] of BODIES)
    test(`a body of ${what} is refused`, async () => {
      const { id } = await scim.create();
      const calls: (readonly [string, string])[] = [
        ['POST', '/Users'],
        ['PUT', `/Users/${id}`],
        ['PATCH', `/Users/${id}`],
        ['POST', '/Bulk'],
        ['POST', '/.search'],
      ];
      for (const [method, path] of calls) {
        const answer = await within(2_000, async () => await scim.send(method, path, body));
        expect([method, path, told(answer)]).toStrictEqual([method, path, says]);
      }
    });

  test('a body of another type is refused', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded']) {
      const answer = await scim.send('POST', '/Users', newUser(), { 'content-type': type });
      expect(told(answer)).toBe('415');
    }
  });

  test('of a body of 100 MB little is read, and nothing if it says its length', async () => {
    const token = await tokenOf(new App(issuer, 'demo-platform', 'demo-platform-secret'));
    const { status, sent } = await sendEndlessly(token);
    expect([status, sent < 20 * 1_048_576]).toStrictEqual([413, true]);
    expect(await sendEndlessly(token, 104_857_600)).toStrictEqual({ status: 413, sent: 0 });
  });

  test('text that is not UTF-8 is refused', async () => {
    const token = await tokenOf(new App(issuer, 'demo-platform', 'demo-platform-secret'));
    const answer = await fetch(`${issuer}/scim/v2/Users`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/scim+json' },
      body: Buffer.from(JSON.stringify(newUser({ displayName: 'é' })), 'latin1'),
    });
    expect(answer.status).toBe(400);
  });
});

describe('messages at the same time', () => {
  const statuses = async (count: number, send: (at: number) => Promise<{ status: number }>) =>
    (await Promise.all(Array.from({ length: count }, async (_, at) => (await send(at)).status)))
      .sort()
      .join(' ');

  test('of two that create one external id, one does [R45]', async () => {
    const same = { externalId: 'raced' };
    const told = await statuses(8, async () => await scim.send('POST', '/Users', newUser(same)));
    expect(told).toBe('201 409 409 409 409 409 409 409');
  });

  test('of two that take one login, one does', async () => {
    const ids = await Promise.all(Array.from({ length: 6 }, async () => (await scim.create()).id));
    const take = { op: 'replace', path: 'userName', value: 'wanted' };
    const told = await statuses(6, async (at) => await scim.patch(ids[at] ?? '', take));
    expect(told).toBe('200 409 409 409 409 409');
  });

  test('of two that saw one version, one changes it', async () => {
    const { id, meta } = await scim.create();
    const headers = { 'if-match': String((meta as Body).version) };
    const told = await statuses(
      6,
      async () =>
        await scim.send('PUT', `/Users/${id}`, newUser({ externalId: undefined }), headers),
    );
    expect(told).toBe('200 412 412 412 412 412');
  });
});

describe('what leaks', () => {
  test('the log says where it was refused, and not what was sent', async () => {
    await scim.send('POST', '/Users', newUser({ userName: 'secret login' }));
    const line = logged.findLast(({ refusal }) => refusal === 'invalid_value');
    expect([line?.site, line?.detail, line?.route]).toStrictEqual([
      'ACC-8F1',
      { field: 'login' },
      '/scim/v2/Users',
    ]);
    expect(JSON.stringify(logged)).not.toContain('secret login');
  });

  test('no answer is for scripts of other pages', async () => {
    const answer = await scim.send('GET', '/Users', undefined, { origin: 'https://evil.example' });
    expect([...answer.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual(
      [],
    );
    const preflight = await fetch(`${issuer}/scim/v2/Users`, {
      method: 'OPTIONS',
      headers: { origin: 'https://evil.example', 'access-control-request-method': 'POST' },
    });
    expect(preflight.status).toBe(405);
  });

  test('a client that registers itself gets no platform', async () => {
    const server = await startServer({ env: { REGISTRATION: 'true' } });
    for (const more of [
      { account_binding_platform: 'demo' },
      { account_binding_owner_references: true },
      { scope: 'openid accounts:write' },
    ]) {
      const answer = await fetch(`${server.issuer}/reg`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ redirect_uris: ['https://app.example/back'], ...more }),
      });
      expect([more, answer.status]).toStrictEqual([more, 400]);
    }
  });

  test('no client keeps the accounts of Bindery itself', async () => {
    await expect(
      addPlatform(bindery.db, issuer, { account_binding_platform: 'local' }),
    ).rejects.toThrow('access_token');
  });
});

test('a bulk message that refers to itself is refused whole', async () => {
  const data = newUser({ userName: 'bulkId:a' });
  const operation = { method: 'POST', path: '/Users', bulkId: 'a', data };
  const answer = await scim.send('POST', '/Bulk', { schemas: [BULK], Operations: [operation] });
  expect(told(answer)).toBe('409');
});

async function sendEndlessly(
  token: string,
  length?: number,
): Promise<{ status: number; sent: number }> {
  const chunk = Buffer.alloc(65_536, 'a');
  let sent = 0;
  return await new Promise((resolve, reject) => {
    let over = false;
    const upload = request(`${issuer}/scim/v2/Users`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/scim+json',
        ...(length === undefined ? {} : { 'content-length': length }),
      },
    });
    upload.on('response', ({ statusCode = 0 }) => {
      over = true;
      resolve({ status: statusCode, sent });
      upload.destroy();
    });
    upload.on('error', (error) => over || reject(error));
    const more = (): void => {
      while (!over && sent < 104_857_600) {
        sent += chunk.length;
        if (!upload.write(chunk)) return void upload.once('drain', more);
      }
    };
    // Whoever says the length waits for the answer to that.
    if (length === undefined) more();
    else upload.flushHeaders();
  });
}

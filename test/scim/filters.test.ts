import { beforeAll, describe, expect, test } from '@jest/globals';
import { ACCOUNT, demoPlatform, SEARCH, told } from '../fixtures/scim.ts';
import type { Body } from '../support/apps.ts';
import { startServer } from '../support/server.ts';

const { issuer } = await startServer();
const scim = await demoPlatform(issuer);

const NAMES = ['anna', 'ann_b', 'ann%c', 'bob', 'böse', '云朵'];
beforeAll(async () => {
  for (const [at, userName] of NAMES.entries())
    await scim.create({
      userName,
      externalId: at === 5 ? undefined : `E-${at}`,
      displayName: `Name ${at}`,
      active: at !== 1,
      ...(at === 0 ? { photos: [{ value: 'https://cdn.example/a.png' }] } : {}),
      [ACCOUNT]: { kind: at < 2 ? 'enterprise' : 'personal' },
    });
});

/** In no order: ids of one millisecond have none. */
async function found(filter: string): Promise<unknown[]> {
  return (await scim.find(filter)).sort();
}

const all = [...NAMES].sort();
const but = (...names: readonly string[]) => all.filter((name) => !names.includes(name));

describe('a filter of accounts', () => {
  // biome-ignore format: a table is read by its columns
  const CASES: readonly (readonly [filter: string, names: readonly string[]])[] = [
    ['userName eq "Anna"',                                   ['anna']],
    ['USERNAME EQ "ＡＮＮＡ"',                                ['anna']],
    ['urn:ietf:params:scim:schemas:core:2.0:User:userName eq "bob"', ['bob']],
    ['userName ne "bob"',                                    but('bob')],
    ['userName sw "ann"',                                    ['ann%c', 'ann_b', 'anna']],
    ['userName sw "ann_"',                                   ['ann_b']],
    ['userName sw "ann%"',                                   ['ann%c']],
    ['userName co "o"',                                      ['bob']],
    ['userName ew "朵"',                                     ['云朵']],
    ['userName sw "\\u4e91"',                                ['云朵']],
    ['userName gt "anna" and userName lt "bz"',              ['bob']],
    ['userName ge "anna" and userName le "bob"',             ['anna', 'bob']],
    ['displayName eq "NAME 3"',                              ['bob']],
    ['externalId eq "E-3"',                                  ['bob']],
    ['externalId eq "e-3"',                                  []],
    ['externalId pr',                                        but('云朵')],
    ['not (externalId pr)',                                  ['云朵']],
    ['externalId sw "acc_"',                                 []],
    ['externalId ne "E-3"',                                  but('bob')],
    ['active eq false',                                      ['ann_b']],
    ['active ne false and userName sw "ann"',                ['ann%c', 'anna']],
    ['photos pr',                                            ['anna']],
    ['photos eq null',                                       but('anna')],
    ['not (photos.value co "cdn")',                          but('anna')],
    ['photos[value sw "https://cdn.example/"]',              ['anna']],
    ['photos.value ne "https://cdn.example/a.png"',          but('anna')],
    [`${ACCOUNT}:kind eq "enterprise"`,                      ['ann_b', 'anna']],
    [`${ACCOUNT}:status eq "frozen"`,                        ['ann_b']],
    [`${ACCOUNT}:platform eq "demo" and active eq false`, ['ann_b']],
    ['meta.resourceType eq "User"',                          all],
    ['meta.created gt "2020-01-01T00:00:00Z"',               all],
    ['meta.lastModified lt "2020-01-01T00:00:00+08:00"',     []],
    ['userName eq "bob" or userName eq "anna" and active eq false', ['bob']],
    ['(userName eq "bob" or userName eq "anna") and active eq true', ['anna', 'bob']],
    ['not (userName eq "bob") and not (userName sw "ann")',  ['böse', '云朵']],
    ["userName eq \"' or true --\"",                         []],
    ['userName eq "\\"] or (" or userName eq "bob"',         ['bob']],
    ['userName eq "a\\\\b"',                                 []],
  ];
  for (const [filter, names] of CASES)
    test(`finds by ${filter}`.slice(0, 80), async () =>
      expect(await found(filter)).toStrictEqual(names),
    );

  // biome-ignore format: a table is read by its columns
  const WRONG = [
    'userName', 'userName eq', 'userName eq bob', 'userName is "bob"', 'eq "bob"', 'userName eq "bob', 'userName eq "bob" and',
    '(userName eq "bob"', 'userName eq "bob")', 'userName eq 7', 'active eq "true"', 'active gt true', 'meta.created gt "today"',
    'meta.created co "2020"', 'emails eq "a@b.example"', 'password pr', 'login eq "bob"', 'kind eq "personal"', 'constructor pr',
    'userName eq "\\ud800"', 'userName eq "\\u0000"', 'userName eq "\u0000"', 'userName eq "bob"; drop', '', 'not', '[]',
  ];
  for (const filter of WRONG)
    test(`refuses ${JSON.stringify(filter)}`, async () => {
      const answer = await scim.send('GET', `/Users?${new URLSearchParams({ filter })}`);
      expect(told(answer)).toBe('400 invalidFilter');
    });
});

describe('a page of accounts', () => {
  const list = async (query: Readonly<Record<string, string>>) =>
    await scim.send('GET', `/Users?${new URLSearchParams(query)}`);
  const names = ({ body }: { body: Body }) =>
    (body.Resources as Body[]).map(({ userName }) => userName);

  test('has an index, a size and an order', async () => {
    const sorted = { sortBy: 'userName', count: '2' };
    const first = await list(sorted);
    expect([first.body.totalResults, first.body.startIndex, first.body.itemsPerPage]).toStrictEqual(
      [6, 1, 2],
    );
    const byBytes = ['ann%c', 'ann_b', 'anna', 'bob', 'böse', '云朵'];
    expect(names(first)).toStrictEqual(byBytes.slice(0, 2));
    expect(names(await list({ ...sorted, startIndex: '3' }))).toStrictEqual(byBytes.slice(2, 4));
    expect(names(await list({ ...sorted, sortOrder: 'descending' }))).toStrictEqual(
      byBytes.toReversed().slice(0, 2),
    );
    expect(
      names(await list({ sortBy: 'displayName', startIndex: '-5', count: '1' })),
    ).toStrictEqual(['anna']);
    const none = await list({ count: '0' });
    expect([none.body.totalResults, none.body.Resources]).toStrictEqual([6, []]);
    expect(names(await list({ startIndex: '900' }))).toStrictEqual([]);
    expect((await list({ count: '-1' })).body.itemsPerPage).toBe(0);
  });

  test('cursors lead through all accounts, each once (RFC 9865)', async () => {
    const seen: unknown[] = [];
    let cursor: string | undefined = '';
    let pages = 0;
    while (cursor !== undefined) {
      const { body } = await list({ cursor, count: '4' });
      expect([body.totalResults, 'startIndex' in body]).toStrictEqual([6, false]);
      seen.push(...names({ body }));
      cursor = body.nextCursor as string | undefined;
      pages += 1;
    }
    expect([pages, seen.sort()]).toStrictEqual([2, all]);
  });

  // biome-ignore format: a table is read by its columns
  const WRONG: readonly (readonly [query: Readonly<Record<string, string>>, says: string])[] = [
    [{ cursor: 'made-up' },                       '400 invalidCursor'],
    [{ cursor: Buffer.from("7.acc_' or true").toString('base64url') }, '400 invalidCursor'],
    [{ count: 'many' },                           '400 invalidCount'],
    [{ startIndex: 'first' },                     '400 invalidValue'],
    [{ cursor: '', startIndex: '1' },             '400 invalidValue'],
    [{ cursor: '', sortBy: 'userName' },          '400 invalidValue'],
    [{ sortBy: 'password' },                      '400 invalidPath'],
    [{ sortBy: 'photos' },                        '400 invalidPath'],
  ];
  for (const [query, says] of WRONG)
    test(`refuses ${JSON.stringify(query)}`, async () =>
      expect(told(await list(query))).toBe(says));

  test('is the same by a message to /.search', async () => {
    const message = {
      schemas: [SEARCH],
      filter: 'userName sw "ann"',
      sortBy: 'userName',
      startIndex: 2,
      count: 1,
      attributes: ['userName'],
    };
    for (const path of ['/.search', '/Users/.search']) {
      const { body } = await scim.send('POST', path, message);
      const [resource = {}] = body.Resources as Body[];
      expect([body.totalResults, resource.userName, Object.keys(resource)]).toStrictEqual([
        3,
        'ann_b',
        ['schemas', 'id', 'userName'],
      ]);
    }
    expect(told(await scim.send('POST', '/.search', { filter: 'id pr' }))).toBe(
      '400 invalidSyntax',
    );
  });
});

describe('what the server says of itself', () => {
  test('needs no token, and cannot be filtered', async () => {
    const base = `${issuer}/scim/v2`;
    for (const path of [
      'ServiceProviderConfig',
      'Schemas',
      'ResourceTypes',
      `Schemas/${ACCOUNT}`,
    ]) {
      const answer = await fetch(`${base}/${path}`);
      expect([path, answer.status]).toStrictEqual([path, 200]);
      expect((await fetch(`${base}/${path}?filter=id%20pr`)).status).toBe(403);
    }
  });

  test('paths and methods that it has not are told as SCIM errors', async () => {
    expect(told(await scim.send('GET', '/Groups'))).toBe('404');
    expect(told(await scim.send('GET', '/Me'))).toBe('501');
    const wrong = await scim.send('PUT', '/Users', {});
    expect([told(wrong), wrong.headers.get('allow')]).toStrictEqual(['405', 'HEAD, GET, POST']);
    expect(wrong.body).toStrictEqual({
      schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
      status: '405',
      detail: 'This endpoint does not know this method.',
    });
  });
});

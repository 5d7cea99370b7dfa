import { describe, expect, test } from '@jest/globals';
import { expectAnswer, parseExchange } from './exchange.ts';
import { expectLike, parseWritten, type Seen } from './likeness.ts';

const WRITTEN = {
  language: 'http',
  about: '',
  line: 1,
  section: '',
  lines: [
    'POST /token',
    'Authorization: Basic {secret}',
    '',
    'name=value',
    '',
    'HTTP/1.1 400 Bad Request',
    'Cache-Control: no-store',
    '',
    '{ "error": "slow_down", "interval": 10 }',
  ],
};

async function answered(
  status: number,
  headers: Record<string, string>,
  body: unknown,
): Promise<void> {
  await expectAnswer(
    parseExchange(WRITTEN),
    new Response(JSON.stringify(body), { status, headers }),
    new Map(),
  );
}

describe('an example in the documents', () => {
  const right = { error: 'slow_down', interval: 10 };
  const headers = { 'cache-control': 'no-store' };

  test('an example is right when all its parts are right', async () => {
    await answered(400, headers, right);
  });

  // biome-ignore format: a table is read by its columns
  const WRONG: readonly (readonly [string, number, Record<string, string>, unknown, RegExp])[] = [
    ['another status',          401, headers,                         right,                             /the status/],
    ['a missing header',        400, {},                              right,                             /Cache-Control/],
    ['another header',          400, { 'cache-control': 'public' },   right,                             /Cache-Control/],
    ['a missing member',        400, headers,                         { error: 'slow_down' },            /lacks.*interval/],
    ['an extra member',         400, headers,                         { ...right, secret: 1 },           /does not show: secret/],
    ['another value',           400, headers,                         { ...right, interval: 5 },         /interval/],
    ['a value of another type', 400, headers,                         { ...right, error: ['slow_down'] }, /error/],
  ];
  for (const [what, status, sent, body, says] of WRONG) {
    test(`an example fails for ${what}`, async () =>
      await expect(answered(status, sent, body)).rejects.toThrow(says));
  }

  test('a placeholder must have one value throughout', () => {
    const seen: Seen = new Map();
    expectLike({ id: 'a-1' }, parseWritten('{ "id": "{id}" }'), seen);
    expectLike(
      { uri: 'https://as.example/a-1' },
      parseWritten('{ "uri": "https://as.example/{id}" }'),
      seen,
    );
    expect(() => expectLike({ id: 'a-2' }, parseWritten('{ "id": "{id}" }'), seen)).toThrow(
      /the server "a-2"/,
    );
  });

  test('an example may leave out members, items and values with an ellipsis only', () => {
    const written = parseWritten('{ "n": …, "list": ["a", …], "in": { "b": 1, … }, … }');
    expectLike({ n: 7, list: ['a', 'b'], in: { b: 1, c: 2 }, more: true }, written, new Map());
    expect(() => expectLike({ list: ['a'], in: { b: 1 } }, written, new Map())).toThrow(/lacks.*n/);
    expect(() => expectLike({ n: 7, list: ['b'], in: { b: 1 } }, written, new Map())).toThrow(
      /list\[0\]/,
    );
  });

  test('moments in an example are relative to the time of the test', () => {
    const now = Math.floor(Date.now() / 1000);
    expectLike(
      { iat: now, exp: now + 3600 },
      { iat: 1_790_000_000, exp: 1_790_003_600 },
      new Map(),
    );
    expect(() => expectLike({ exp: now + 7200 }, { exp: 1_790_003_600 }, new Map())).toThrow(/exp/);
  });
});

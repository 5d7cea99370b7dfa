import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { describe, expect, test } from '@jest/globals';
import { authZenPoint } from '../../src/decision-points/authzen.ts';
import { device, douyin, facts, owner } from '../policy/douyin-facts.ts';
import { json, startDecisionPoint } from './decision-point-server.ts';

const point = await startDecisionPoint();
const TIMEOUT = 300;
const remote = authZenPoint({
  id: 'decision-point',
  url: `${point.url}/`,
  token: 'sesame',
  timeoutMs: TIMEOUT,
  fails: 'review',
});

async function answerTo(answer: (response: ServerResponse) => void) {
  point.answers(answer);
  const { ms: _, ...said } = await remote.ask({ facts: facts(), pack: douyin });
  return said;
}

const says = async (body: unknown) => await answerTo((response) => json(response, body));

describe('a remote decision point', () => {
  test('the request follows OpenID AuthZEN, with bearer token and request id [R22]', async () => {
    await says({ decision: true });
    const { path, headers, body } = point.asked.at(-1) ?? {};
    expect(path).toBe('/access/v1/evaluation');
    expect(headers?.authorization).toBe('Bearer sesame');
    expect(String(headers?.['x-request-id'])).toMatch(/^[\da-f-]{36}$/);
    const { subject, action, resource, context } = body as Record<
      string,
      { id?: string; type?: string; name?: string; pack?: string }
    >;
    expect([subject?.type, subject?.id, action, resource?.type, resource?.id]).toStrictEqual([
      'account',
      'acc_primary',
      { name: 'bind' },
      'account',
      'acc_sub',
    ]);
    expect(context?.pack).toBe('douyin');
  });

  test('the request holds no document index, device or network', async () => {
    const given = facts({
      owners: {
        primary: owner('own_lin', { identityIndex: 'INDEX' }),
        sub: owner('own_lin', { identityIndex: 'INDEX' }),
        affiliationVerifiedAt: null,
      },
      devices: {
        initiator: device('DEVICE-1', { network: '203.0.113.0/24', label: 'LABEL' }),
        counterparty: device('DEVICE-2', { label: 'LABEL' }),
      },
    });
    await remote.ask({ facts: given, pack: douyin });
    expect(JSON.stringify(point.asked.at(-1)?.body)).not.toMatch(/INDEX|DEVICE|LABEL|203\.0/);
  });

  test('version 0.1 gets the devices under its old names', async () => {
    await remote.ask({ facts: facts({}), pack: douyin });
    const body = point.asked.at(-1)?.body as { context: { facts: { devices: object } } };
    expect(Object.keys(body.context.facts.devices)).toStrictEqual(['starter', 'other']);
  });

  // biome-ignore format: a table is read by its columns
  const SAYS: readonly (readonly [name: string, body: unknown, verdict: string])[] = [
    ['true allows',                                { decision: true },                                        'allow'],
    ['false denies',                               { decision: false },                                       'deny'],
    ['false, but a person may look',               { decision: false, context: { verdict: 'review' } },       'review'],
    ['false, but somebody may prove more',         { decision: false, context: { verdict: 'step_up' } },      'step_up'],
    ['true with a stricter verdict',               { decision: true, context: { verdict: 'review' } },        'review'],
    ['a contradiction, where the stricter counts', { decision: false, context: { verdict: 'allow' } },        'deny'],
    ['a context with unknown members',             { decision: true, context: { id: '0', reason_admin: {} } }, 'allow'],
  ];
  for (const [name, body, verdict] of SAYS) {
    test(`the answer “${name}” is ${verdict} [R22]`, async () => {
      expect(await says(body)).toStrictEqual({ verdict, reasons: [], by: 'decision-point' });
    });
  }

  test('reasons are read as codes; free text with names is not [R22]', async () => {
    const reasons = [
      'too_new',
      '林晓 looks odd',
      7,
      null,
      'a'.repeat(65),
      'list:42',
      ...Array.from({ length: 40 }, (_, at) => `r${at}`),
    ];
    const said = await says({ decision: false, context: { reasons } });
    assert.ok('reasons' in said);
    expect([said.reasons.slice(0, 3), said.reasons.length]).toStrictEqual([
      ['too_new', 'list:42', 'r0'],
      16,
    ]);
  });

  const endless = (response: ServerResponse): void => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.write('{ "decision": ');
  };
  // biome-ignore format: a table is read by its columns
  const FAILS: readonly (readonly [name: string, answer: (response: ServerResponse) => void, failure: string])[] = [
    ['says nothing within its time',        () => {},                                                                   'timeout'],
    ['begins to answer and never ends',     endless,                                                                    'timeout'],
    ['lies about the type of its decision', (response) => json(response, { decision: 'true' }),                         'nonsense'],
    ['gives no decision',                   (response) => json(response, { allowed: true }),                            'nonsense'],
    ['gives an unknown verdict',            (response) => json(response, { decision: true, context: { verdict: 'ok' } }), 'nonsense'],
    ['answers null',                        (response) => json(response, 'null'),                                       'nonsense'],
    ['answers a list',                      (response) => json(response, [{ decision: true }]),                          'nonsense'],
    ['answers half an object',              (response) => json(response, '{ "decision": true'),                         'nonsense'],
    ['has the content type of a page',      (response) => json(response, '{ "decision": true }', 200, 'text/html'),     'nonsense'],
    ['answers at endless length',           (response) => json(response, `{ "decision": true, "x": "${'x'.repeat(70_000)}" }`), 'nonsense'],
    ['does not know the token',             (response) => json(response, { decision: true }, 401),                      'nonsense'],
    ['is broken',                           (response) => json(response, { decision: true }, 500),                      'unreachable'],
    ['redirects',                           (response) => response.writeHead(307, { location: '/elsewhere' }).end(),    'unreachable'],
    ['hangs up',                            (response) => response.destroy(),                                           'unreachable'],
  ];
  for (const [name, answer, failure] of FAILS) {
    test(`a decision point that ${name} fails with ${failure} [R22]`, async () =>
      expect(await answerTo(answer)).toStrictEqual({ failure }));
  }

  test('a decision point that is not there fails [R22]', async () => {
    await point.stop();
    const { ms: _, ...said } = await remote.ask({ facts: facts(), pack: douyin });
    expect(said).toStrictEqual({ failure: 'unreachable' });
  });
});

import { describe, expect, test } from '@jest/globals';
import { decodeJwt } from 'jose';
import { sql } from '../../src/store/sql.ts';
import { details, text, web } from '../support/apps.ts';
import { HttpBrowser } from '../support/http-browser.ts';
import { decide } from '../support/journeys.ts';
import {
  leaveForPlatform,
  makeTraveller,
  platformAccount,
  signInThere,
  signInUpstream,
  startWithPlatform,
} from '../support/platform.ts';

const world = await startWithPlatform([
  platformAccount('yun', { ownerReference: 'owner-1' }),
  platformAccount('yun-food', { ownerReference: 'owner-1' }),
  platformAccount('gao', { ownerReference: 'owner-2' }),
]);
const { issuer, bindery } = world.server;
const app = web(issuer);

describe('sign-in at the platform', () => {
  test('two accounts of the platform are bound, both sides signing in there [R47]', async () => {
    const traveller = makeTraveller(world);
    const started = await app.start(details());
    const consent = await signInUpstream(traveller, await traveller.here.open(started.url), 'yun');
    const waiting = await decide(traveller.here, consent);
    const other = await traveller.here.open(waiting.link('other-account-here'));
    const approval = await signInUpstream(traveller, other, 'yun-food');
    const result = await decide(traveller.here, approval);
    const callback = await traveller.here.leave(result.link('continue'));
    const { body } = await app.exchange(callback, started);
    expect(decodeJwt(text(body, 'id_token')).amr).toStrictEqual(['pwd']);
    const [detail] = body.authorization_details as Record<string, unknown>[];
    expect(detail?.status).toBe('approved');
    expect((await app.redeem(String(detail?.binding_request))).status).toBe(200);
  });
});

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { json, startDecisionPoint } from '../decision-points/decision-point-server.ts';
import { details, web } from '../support/apps.ts';
import { answer, makeFamily, offer } from '../support/journeys.ts';
import { startServer } from '../support/server.ts';

const folder = await mkdtemp(join(tmpdir(), 'rules-'));
afterAll(async () => await rm(folder, { recursive: true }));

const douyin = JSON.parse(await readFile('src/policy/packs/douyin.json', 'utf8')) as {
  hooks: string[];
};
await writeFile(
  join(folder, 'ours.json'),
  JSON.stringify({
    ...douyin,
    id: 'ours',
    hooks: [...douyin.hooks, 'odd-logins', 'decision-point'],
  }),
);
await writeFile(
  join(folder, 'odd-logins.ts'),
  `export default { id: 'odd-logins', version: 2, needs: ['counts'], evaluate: ({ counts }: { counts: { perOwner: number } }) =>
     ({ verdict: counts.perOwner > 0 ? 'review' : 'allow', reasons: [{ code: 'not_the_first' }] }) };`,
);
const point = await startDecisionPoint();
const { issuer, bindery } = await startServer({
  env: {
    PACKS_DIR: folder,
    HOOKS_DIR: folder,
    DECISION_POINT_URL: point.url,
    SECRETS_DECISION_POINT: 'sesame',
    HOOKS_TIMEOUT: '3000',
  },
});
const app = web(issuer);

test('an operator’s pack, hook and decision point decide bindings [R22, R41]', async () => {
  const [primary, ...subs] = (await makeFamily(bindery.db, 4)) as [string, ...string[]];
  const attempt = async (sub = '') => {
    const offered = await offer(app, primary, { asked: details({ pack: 'ours' }) });
    await answer(offered, sub);
    const { status, body } = await app.redeem(offered.handle);
    return status === 200 ? 'bound' : (body.refusal ?? body.error);
  };
  expect(await attempt(subs[0])).toBe('bound');
  expect(point.asked.at(-1)?.headers.authorization).toBe('Bearer sesame');
  // The operator's hook sends everyone but the first to review.
  expect(await attempt(subs[1])).toBe('review_pending');
  point.answers((response) =>
    json(response, { decision: false, context: { reasons: ['on_our_list'] } }),
  );
  expect(await attempt(subs[2])).toBe('risk');
});

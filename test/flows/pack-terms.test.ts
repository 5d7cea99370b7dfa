import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { sql } from '../../src/store/sql.ts';
import { details, web } from '../support/apps.ts';
import { HttpBrowser } from '../support/http-browser.ts';
import {
  arrive,
  bind,
  changeBinding,
  decide,
  makeFamily,
  offer,
  openBindings,
  signIn,
} from '../support/journeys.ts';
import { startServer } from '../support/server.ts';

/**
 * A pack that differs in every figure from the packs of Bindery. Nothing flows yet: its terms are
 * shown only.
 */
const DOUYIN = JSON.parse(readFileSync('src/policy/packs/douyin.json', 'utf8')) as Readonly<
  Record<string, unknown>
>;
const folder = mkdtempSync(join(tmpdir(), 'bindery-terms-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const ODD = {
  ...DOUYIN,
  id: 'odd',
  version: 1,
  sync: {
    profile: {
      direction: 'primary_to_sub',
      delaySeconds: 172_800,
      access: 'read',
      reviewedOnly: true,
    },
    commerce: { direction: 'both', delaySeconds: 5_400, access: 'read', reviewedOnly: false },
  },
  unbinding: {
    preconditions: ['not_live'],
    historyDays: 7,
    freePerMonth: 0,
    pointsPerUnbinding: 0,
    coolDownHours: 0,
  },
};
writeFileSync(join(folder, 'odd.json'), JSON.stringify(ODD));

const { issuer, bindery } = await startServer({ env: { PACKS_DIR: folder } });
const { db } = bindery;
const app = web(issuer);
const speaking = (language: string) => new HttpBrowser(issuer, { 'accept-language': language });
const asked = details({ pack: 'odd', datatypes: ['commerce', 'profile'] });

// biome-ignore format: a table is read by its columns
const SAID = {
  'zh-CN': [
    '基本资料：性别、地区、活跃时段。只从大号到小号，经人工审核之后，2 天后可读，不能修改',
    '商业数据：品牌订单、合作记录。双向，90 分钟后可读，不能修改',
  ],
  en: [
    'Basic profile: gender, region, active hours. Primary to sub-account only, once a person has reviewed them, readable after 2 days, read-only',
    'Commercial data: brand orders, cooperation records. Both ways, readable after 90 minutes, read-only',
  ],
} as const;

for (const [language, lines] of Object.entries(SAID)) {
  test(`both consents show the pack’s terms of what would flow, ${language}`, async () => {
    const [primary, sub] = (await makeFamily(db, 2)) as [string, string];
    const { body } = await app.ask(asked);
    const browser = speaking(language);
    const consent = await signIn(browser, await browser.open(String(body.start_uri)), primary);
    const code = (await decide(browser, consent)).textOfId('user-code').replaceAll(' ', '');
    const approval = await arrive(speaking(language), code, sub);
    for (const page of [consent, approval])
      for (const line of lines) expect(page.text).toContain(line);
  });

  test(`the consent under douyin shows its terms of what would flow, ${language}`, async () => {
    const [primary] = (await makeFamily(db, 1)) as [string];
    const { body } = await app.ask(details({ datatypes: ['profile', 'commerce', 'violation'] }));
    const browser = speaking(language);
    const { text } = await signIn(browser, await browser.open(String(body.start_uri)), primary);
    const expected =
      language === 'en'
        ? [
            /Both ways, in real time, editable by both/,
            /Sub-account to primary only, readable after 6 hours, read-only/,
            /once a person has reviewed them, read-only/,
          ]
        : [
            /双向，实时，双方都可以修改/,
            /只从小号到大号，6 小时后可读，不能修改/,
            /双向，经人工审核之后，不能修改/,
          ];
    for (const words of expected) expect(text).toMatch(words);
  });
}

test('unbinding asks for the pack’s conditions, which the page shows [R25, R41]', async () => {
  const [primary, sub] = (await makeFamily(db, 2)) as [string, string];
  const { bindingId } = await bind(app, primary, sub, { asked });
  const subId = sql`select id from accounts where login = ${sub}`;
  const [account] = await db.query<{ id: string }>(subId);
  assert.ok(account);
  await db.query(
    sql`insert into orders (id, account_id, opened_at) values (${`order-${bindingId}`}, ${account.id}, bindery_now())`,
  );
  await db.query(sql`
    insert into live_broadcasts (id, account_id, started_at) values (${`live-${bindingId}`}, ${account.id}, bindery_now())`);

  const browser = speaking('zh-CN');
  const page = await openBindings(browser, primary);
  expect(page.text).toMatch(/记录保留 7 天。需要：没有正在进行的直播。/);
  expect(page.text).not.toMatch(/品牌订单|90/);
  const [end] = page.formsEnding(`/${bindingId}/end`);
  assert.ok(end);
  const refused = await browser.send(end.form.action, { form: end.form.filled({}) });
  expect(refused.status).toBe(409);
  await db.query(
    sql`update live_broadcasts set ended_at = bindery_now() where account_id = ${account.id}`,
  );
  const ended = await changeBinding(browser, primary, bindingId, 'end');
  expect(ended.text).toMatch(/已解除，记录保留 7 天/);
});

test('under douyin the page names the three conditions of unbinding [R25]', async () => {
  const [primary, sub] = (await makeFamily(db, 2)) as [string, string];
  await bind(app, primary, sub);
  const { text } = await openBindings(new HttpBrowser(issuer), primary);
  expect(text).toMatch(
    /visible for 90 days\. Needs: every brand order settled; no live broadcast running; the sub-account in normal standing\./,
  );
});

test('a data type that the pack does not share is refused by name [R41]', async () => {
  const { status, body } = await app.ask(details({ pack: 'odd', datatypes: ['violation'] }));
  expect([status, body.error]).toStrictEqual([400, 'invalid_authorization_details']);
  expect(String(body.error_description)).toMatch(/datatypes\.0.*\(profile, commerce\)/);
  await expect(
    offer(app, 'linxiao', { asked: details({ pack: 'odd', datatypes: ['violation'] }) }),
  ).rejects.toThrow(/400/);
});

test('a consent to other rules than those on the page is refused', async () => {
  const [primary, sub] = (await makeFamily(db, 2)) as [string, string];
  const browser = new HttpBrowser(issuer);
  const { url } = await app.start(asked);
  const consent = await signIn(browser, await browser.open(url), primary);
  const form = consent.form('decision');
  expect(form.filled({}).get('rules')).toBe('odd 1');
  const requests = async () =>
    (await db.query<{ id: string }>(sql`select id from binding_requests where pack = 'odd'`))
      .length;
  const before = await requests();
  for (const rules of ['odd 2', 'douyin 1', '']) {
    const { status } = await browser.send(form.action, {
      form: form.filled({ decision: 'approve', rules }),
    });
    expect([rules, status]).toStrictEqual([rules, 409]);
  }
  expect(await requests()).toBe(before);
  const waiting = await decide(browser, await browser.open(consent.url.pathname));
  const approval = await arrive(
    new HttpBrowser(issuer),
    waiting.textOfId('user-code').replaceAll(' ', ''),
    sub,
  );
  expect(approval.text).toMatch(/90 minutes/);
});

import { expect, test } from '@jest/globals';
import { type CaseId, newId } from '../../src/kernel/ids.ts';
import type { HookRecord } from '../../src/policy/evaluate.ts';
import { sql } from '../../src/store/sql.ts';
import { fillBoardHistory } from '../support/board-history.ts';
import { startServer } from '../support/server.ts';
import { openBrowser, type Page, SETTINGS, type Setting } from './browser.ts';
import { checkPage, nameOf, signIn, textOf } from './pages.ts';

const { bindery, issuer } = await startServer();
const { db } = bindery;
await fillBoardHistory(db, { days: 25, perDay: 200 });

async function at(setting: Setting, path: string, login: string): Promise<Page> {
  const page = await (await openBrowser(setting)).newPage();
  await page.goto(`${issuer}${path}`);
  await signIn(page, login);
  await page.goto(`${issuer}${path}`);
  return page;
}

/** Waits for every chart of the page; gives their addresses and whether they loaded. */
async function chartsOf(page: Page): Promise<readonly string[]> {
  const pictures = page.locator('.chart img');
  const sources: string[] = [];
  for (const picture of await pictures.all()) {
    await picture.scrollIntoViewIfNeeded();
    sources.push(
      await picture.evaluate(async (image) => {
        const picture = image as HTMLImageElement;
        await picture.decode();
        return `${picture.currentSrc} ${picture.naturalWidth > 0}`;
      }),
    );
  }
  await page.evaluate(() => window.scrollTo(0, 0));
  return sources;
}

for (const setting of SETTINGS) {
  test(`the board charts how refusals split, ${nameOf(setting)} [R24]`, async () => {
    const page = await at(setting, '/operator/board', 'operator');
    const sources = setting.javaScript ? await chartsOf(page) : [];
    for (const source of sources) {
      expect(source).toMatch(/ true$/);
      expect(source.includes('narrow=1')).toBe(setting.size === 'phone');
      expect(source.includes('dark=1')).toBe(setting.dark === true);
    }
    if (!setting.javaScript) await page.waitForLoadState('networkidle');
    expect(await page.locator('.chart img').count()).toBe(7);
    await checkPage(page, `board-${nameOf(setting)}`, setting);
    const text = await textOf(page);
    for (const shown of setting.language === 'en'
      ? ['Stopped automatically', '70%', 'Devices']
      : ['系统自动拦截', '70%', '设备指纹', '500 次拒绝'])
      expect(text).toContain(shown);
    await page.selectOption('[name=by]', 'week');
    await page.selectOption('[name=pack]', 'weibo');
    await page.click('.asked button');
    expect(page.url()).toMatch(/by=week&pack=weibo|pack=weibo/);
    await page.click('.lang');
    // The other language keeps the query.
    expect(page.url()).toMatch(/pack=weibo.*lang=/);
  });
}

test('the board shows an error beside the query that it cannot answer [R24]', async () => {
  const setting: Setting = { size: 'phone', javaScript: true };
  const page = await at(setting, '/operator/board', 'operator');
  await page.goto(`${issuer}/operator/board?from=2026-11-22&to=2026-11-01`);
  expect(await textOf(page)).toMatch(/起止日期颠倒/);
  expect(await page.inputValue('[name=from]')).toBe('2026-11-22');
  await checkPage(page, 'board-reversed', setting);
});

test('the board of an installation without decisions is shown [R24]', async () => {
  const setting: Setting = { size: 'phone', javaScript: true };
  const page = await at(setting, '/operator/board?from=2026-01-01&to=2026-01-31', 'operator');
  expect(await textOf(page)).toMatch(/这段时间没有拒绝/);
  await checkPage(page, 'board-empty', setting);
});

test('a reviewer reads the reasons of a decision with their weights [R21, R23]', async () => {
  const hooks: HookRecord[] = [
    {
      id: 'same-owner',
      version: 1,
      verdict: 'allow',
      reasons: [{ code: 'same_owner', detail: { method: 'identity_document' } }],
    },
    {
      id: 'limits',
      version: 1,
      verdict: 'allow',
      reasons: [{ code: 'slot_free', detail: { perPrimary: 1, perOwner: 1, limit: 3 } }],
    },
    {
      id: 'device',
      version: 2,
      verdict: 'review',
      reasons: [
        {
          code: 'owners_without_a_device_of_their_own',
          detail: { side: 'counterparty', exclusiveMembers: 3, points: 54 },
        },
        {
          code: 'cookie_on_another_device',
          detail: { side: 'counterparty', drift: 0.41, points: 75 },
        },
      ],
    },
    {
      id: 'behaviour',
      version: 1,
      verdict: 'step_up',
      reasons: [{ code: 'unusual_hour', detail: { share: 0.012, points: 25 } }],
    },
    {
      id: 'odd-logins',
      version: 1,
      verdict: 'review',
      reasons: [{ code: 'login:from<b>nowhere</b>', detail: { by: 'pdp.example' } }],
    },
  ];
  const id: CaseId = newId('cas');
  await db.query(sql`
    insert into review_cases (id, subject_kind, subject_id, state, evidence, due_at, kind)
    values (${id}, 'binding_request', 'brq_of_another_day', 'open', ${JSON.stringify({ hooks })}, bindery_now() + interval '2 days', 'personal')`);
  for (const setting of SETTINGS) {
    const page = await at(setting, `/review/${id}`, 'reviewer-a');
    await checkPage(page, `reasons-${nameOf(setting)}`, setting);
    const text = await textOf(page, '.reasons >> nth=0');
    expect(text).toMatch(
      setting.language === 'en'
        ? /Devices device v2.*Sum\s?129/
        : /设备指纹 device v2.*这台设备上的其他人没有自己的设备.*54.*合计\s?129/,
    );
    expect(await page.locator('.reasons b').count()).toBe(0);
    expect(await textOf(page)).toMatch(/login:from<b>nowhere<\/b>/);
  }
});

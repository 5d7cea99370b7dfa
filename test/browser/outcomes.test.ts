import { describe, expect, test } from '@jest/globals';
import { sql } from '../../src/store/sql.ts';
import { details, web } from '../support/apps.ts';
import { startServer } from '../support/server.ts';
import { type BrowserContext, openBrowser, type Page, type Setting } from './browser.ts';
import { checkPage, codeOf, signIn, textOf } from './pages.ts';

const phone: Setting = { size: 'phone', javaScript: true };
const { bindery, issuer, managementUrl } = await startServer();
const app = web(issuer);

/** Starts a binding, up to the page that shows the code. */
async function offer(
  initiator: string,
  role: 'primary' | 'sub' = 'primary',
): Promise<{ context: BrowserContext; page: Page }> {
  const context = await openBrowser(phone);
  const page = await context.newPage();
  const { url } = await app.start(details({ role }));
  await page.goto(url);
  await signIn(page, initiator);
  await page.click('button[value=approve]');
  await page.waitForSelector('#user-code');
  return { context, page };
}

async function answer(
  page: Page,
  counterparty: string,
  decision: 'approve' | 'refuse' = 'approve',
): Promise<void> {
  await page.click('#other-account-here');
  await signIn(page, counterparty);
  await page.click(`button[value=${decision}]`);
}

describe('what the pages say when a binding is not made', () => {
  test('accounts of two owners are refused, and the app learns it [R1]', async () => {
    const { page } = await offer('linxiao');
    await answer(page, 'zhaomin');
    await checkPage(page, 'refused-owner', phone);
    expect(await textOf(page)).toMatch(/不是同一实名主体/);
    await page.click('#continue');
    await page.waitForSelector('#app');
    // The app learns the reason by its code.
    expect(new URL(page.url()).searchParams.get('code')).toBeTruthy();
  });

  test('a full primary is warned at consent and refused at approval [R2]', async () => {
    const page = await (await openBrowser(phone)).newPage();
    const { url } = await app.start(details());
    await page.goto(url);
    await signIn(page, 'chenwei');
    await checkPage(page, 'full-1-consent', phone);
    expect(await textOf(page)).toMatch(/名额已满（3 \/ 3）/);
    await page.click('button[value=approve]');
    await answer(page, 'chenwei-4');
    await checkPage(page, 'full-2-refused', phone);
    expect(await textOf(page)).toMatch(/名额已满/);
  });

  test('an account without real-name verification is refused with a reason [R1]', async () => {
    const { page } = await offer('linxiao');
    await answer(page, 'sunli');
    expect(await textOf(page)).toMatch(/未完成实名认证/);
  });

  test('signing in as the initiator again is refused before any decision', async () => {
    const { page } = await offer('linxiao');
    await page.click('#other-account-here');
    await signIn(page, 'linxiao');
    await checkPage(page, 'same-account', phone);
    expect(await textOf(page)).toMatch(/这是发起绑定的同一个账号/);
  });

  test('the counterparty can refuse', async () => {
    const { page } = await offer('linxiao');
    await answer(page, 'linxiao-reads', 'refuse');
    await checkPage(page, 'refused-by-owner', phone);
    expect(await textOf(page)).toMatch(/绑定没有进行/);
  });

  test('the initiator can refuse at consent, and the app learns access_denied', async () => {
    const page = await (await openBrowser(phone)).newPage();
    const { url } = await app.start(details());
    await page.goto(url);
    await signIn(page, 'linxiao');
    await page.click('button[value=refuse]');
    await page.waitForSelector('#app');
    expect(new URL(page.url()).searchParams.get('error')).toBe('access_denied');
  });

  test('a new code replaces the old one, whose page link no longer works [R7]', async () => {
    const { page } = await offer('linxiao');
    const [old, link] = [
      await codeOf(page),
      (await page.getAttribute('#other-account-here', 'href')) ?? '',
    ];
    await page.click('form[action$="/code"] button');
    expect(await codeOf(page)).not.toBe(old);
    const counterparty = await (await openBrowser(phone)).newPage();
    const dead = await counterparty.goto(`${issuer}${link}`);
    expect(dead?.status()).toBe(410);
    await checkPage(counterparty, 'dead-link', phone);
  });

  test('a page that lost the code says so and offers a new one [R7]', async () => {
    const { context, page } = await offer('linxiao');
    await context.clearCookies({ name: 'bindery_code' });
    await page.reload();
    await checkPage(page, 'lost-code', phone);
    expect(await textOf(page)).toMatch(/服务器不保存绑定码的原文/);
    await page.click('form[action$="/code"] button');
    expect(await codeOf(page)).toMatch(/^\d{16}$/);
  });

  test('the initiator can cancel while waiting', async () => {
    const { page } = await offer('linxiao');
    await page.click('form[action$="/decision"] button[value=refuse]');
    await checkPage(page, 'withdrawn', phone);
    expect(await textOf(page)).toMatch(/这次绑定已取消/);
    await page.click('#continue');
    await page.waitForSelector('#app');
    expect(new URL(page.url()).searchParams.get('error')).toBe('access_denied');
  });

  test('after 15 minutes the initiator can begin again without the app [R7]', async () => {
    const { page } = await offer('linxiao');
    await fetch(`${managementUrl}/demo/clock`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: '{"advance":"PT16M"}',
    });
    await page.reload();
    await checkPage(page, 'expired', phone);
    expect(await textOf(page)).toMatch(/这次绑定已过期/);
    await page.click('#continue');
    await checkPage(page, 'expired-again', phone);
    await page.click('button[value=approve]');
    expect(await codeOf(page)).toMatch(/^\d{16}$/);
  });
});

test('a browser of too many owners is sent to a reviewer, who decides [R21, R22, R23]', async () => {
  const context = await openBrowser(phone);
  const page = await context.newPage();
  await page.goto(`${issuer}/`);
  const [cookie] = (await context.cookies()).filter(({ name }) => name === 'bindery_browser');
  const device = bindery.secrets.hash('device', cookie?.value ?? '');
  await bindery.db.query(
    sql`insert into known_devices (owner_id, device_hash, label) select id, ${device}, 'Chrome' from owners`,
  );

  await page.goto((await app.start(details())).url);
  await signIn(page, 'linxiao');
  await page.click('button[value=approve]');
  await answer(page, 'linxiao-draws');
  await checkPage(page, 'review-1-asked', phone);
  expect(await textOf(page)).toMatch(/已转人工审核.*最晚/);

  const desk = { size: 'desk', javaScript: true } as const;
  const reviewer = await (await openBrowser(desk)).newPage();
  await reviewer.goto(`${issuer}/review`);
  await signIn(reviewer, 'reviewer-b');
  await checkPage(reviewer, 'review-2-queue', desk);
  await reviewer.click('#queue a:has-text("账号绑定")');
  await checkPage(reviewer, 'review-3-case', desk);
  expect(await textOf(reviewer)).toMatch(/许多人用过这台设备/);
  await reviewer.fill('[name=reason]', '  ');
  await reviewer.click('button[value=approve]');
  await checkPage(reviewer, 'review-4-no-reason', desk);
  await reviewer.fill('[name=reason]', '两个账号由同一人在直播间的公用电脑上登录');
  await reviewer.click('button[value=approve]');
  expect(await textOf(reviewer)).toMatch(/案件 \S+ 已通过/);
  expect(await reviewer.locator('#queue a:has-text("账号绑定")').count()).toBe(0);
  await checkPage(reviewer, 'review-5-decided', desk);

  await page.reload();
  expect(await textOf(page)).toMatch(/绑定完成/);
});

describe('another account at an app', () => {
  for (const setting of [phone, { size: 'phone', javaScript: false } as const]) {
    test(`an app changes to another account ${setting.javaScript ? 'at once' : 'by a button, without JavaScript'}`, async () => {
      const page = await (await openBrowser(setting)).newPage();
      for (const [login, prompt] of [
        ['linxiao', undefined],
        ['zhaomin', 'login'],
      ] as const) {
        const { url } = await app.start(undefined, prompt ? { prompt } : {});
        await page.goto(url);
        await signIn(page, login);
        if (prompt && !setting.javaScript) {
          await checkPage(page, 'switch-accounts', setting);
          expect(await textOf(page)).toMatch(/切换账号/);
          await page.click('#go-on button');
        }
        await page.click('button[value=approve]');
        await page.waitForSelector('#app');
      }
    });
  }
});

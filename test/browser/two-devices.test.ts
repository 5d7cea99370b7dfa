import { expect, test } from '@jest/globals';
import { type Body, details, web } from '../support/apps.ts';
import { startServer } from '../support/server.ts';
import { openBrowser, type Setting } from './browser.ts';
import { checkPage, codeOf, signIn, textOf } from './pages.ts';

const phone: Setting = { size: 'phone', javaScript: true };
const desk: Setting = { size: 'desk', javaScript: true };
const plain: Setting = { size: 'desk', javaScript: false };

test('a code typed on another device binds, and the first device goes on [R7]', async () => {
  const { issuer } = await startServer();
  const [initiator, counterparty] = [
    await (await openBrowser(phone)).newPage(),
    await (await openBrowser(desk)).newPage(),
  ];
  const { url, verifier } = await web(issuer).start(details());
  await initiator.goto(url);
  await signIn(initiator, 'linxiao');
  await initiator.click('button[value=approve]');
  const code = await codeOf(initiator);

  await counterparty.goto(`${issuer}/bind`);
  await checkPage(counterparty, 'two-1-code', desk);
  await counterparty.fill('[name=user_code]', '1234 5678');
  await counterparty.click('form[action="/bind"] button');
  await checkPage(counterparty, 'two-2-malformed', desk);
  expect(await textOf(counterparty)).toMatch(/绑定码应为 16 位数字/);
  // The typed code is kept.
  expect(await counterparty.inputValue('[name=user_code]')).toBe('1234 5678');
  await counterparty.fill(
    '[name=user_code]',
    String((BigInt(code) + 1n) % 10n ** 16n).padStart(16, '0'),
  );
  await counterparty.click('form[action="/bind"] button');
  expect(await textOf(counterparty)).toMatch(/绑定码不对/);

  // Full-width digits in groups, as a Chinese keyboard can type them.
  const typed = code
    .replace(/\d/g, (digit) => String.fromCodePoint(0xff10 + Number(digit)))
    .replace(/(.{4})/g, '$1 ');
  await counterparty.fill('[name=user_code]', typed);
  await counterparty.click('form[action="/bind"] button');
  await signIn(counterparty, 'linxiao-draws', 'wrong');
  await checkPage(counterparty, 'two-3-wrong-password', desk);
  expect(await counterparty.inputValue('[name=login]')).toBe('linxiao-draws');
  expect(await counterparty.inputValue('[name=password]')).toBe('');
  await signIn(counterparty, 'linxiao-draws');
  expect(await textOf(counterparty)).not.toMatch(/就是这个浏览器/);
  await counterparty.click('button[value=approve]');
  await checkPage(counterparty, 'two-4-other-done', desk);
  // This browser has no app to go back to.
  expect(await counterparty.locator('#continue').count()).toBe(0);

  // it polls every three seconds and goes on after three more
  await initiator.waitForSelector('#app', { timeout: 20_000 });
  const { body } = await web(issuer).exchange(new URL(initiator.url()), { verifier });
  const [detail] = body.authorization_details as [Body];
  expect(
    (await web(issuer).redeem(String(detail.binding_request))).body.binding_token,
  ).toBeTruthy();
});

test('a start page opened by an app shows a QR code that the counterparty scans', async () => {
  const { issuer } = await startServer();
  const [initiator, counterparty] = [
    await (await openBrowser(plain)).newPage(),
    await (await openBrowser(phone)).newPage(),
  ];
  const app = web(issuer);
  const { body } = await app.ask(details({ role: 'sub' }));
  await initiator.goto(String(body.start_uri));
  await checkPage(initiator, 'back-1-sign-in', plain);
  await signIn(initiator, 'linxiao-reads');
  await checkPage(initiator, 'back-2-consent', plain);
  expect(await textOf(initiator)).toMatch(/这个账号将作为小号/);
  await initiator.click('button[value=approve]');
  expect(await codeOf(initiator)).toMatch(/^\d{16}$/);
  // the link in the QR code
  const link = (await initiator.getAttribute('#other-account-here', 'href')) ?? '';
  expect((await app.redeem(String(body.binding_request))).body.error).toBe('authorization_pending');

  await counterparty.goto(`${issuer}${link}`);
  await checkPage(counterparty, 'back-3-other-sign-in', phone);
  await signIn(counterparty, 'linxiao');
  await checkPage(counterparty, 'back-4-approve', phone);
  expect(await textOf(counterparty)).toMatch(/已用 2 个，共 3 个/);
  await counterparty.click('button[value=approve]');
  await checkPage(counterparty, 'back-5-bound', phone);

  await initiator.click('#continue');
  await checkPage(initiator, 'back-6-initiator-bound', plain);
  expect(await textOf(initiator)).toMatch(/绑定完成/);
  expect((await app.redeem(String(body.binding_request))).body.binding_token).toBeTruthy();
});

test('an enterprise confirms last, after it saw which account answered', async () => {
  const { issuer } = await startServer();
  const page = await (await openBrowser(desk)).newPage();
  const { url } = await web(issuer).start(details());
  await page.goto(url);
  await signIn(page, 'meizhuang');
  await page.click('button[value=approve]');
  const waiting = page.url();
  await page.click('#other-account-here');
  await signIn(page, 'mz-09');
  await page.click('button[value=approve]');
  await checkPage(page, 'enterprise-1-answered', desk);
  expect(await textOf(page)).toMatch(/等待发起方最后确认/);
  await page.goto(waiting);
  await checkPage(page, 'enterprise-2-confirm', desk);
  await page.click('button[value=approve]');
  await checkPage(page, 'enterprise-3-bound', desk);
  expect(await textOf(page)).toMatch(/绑定完成/);
});

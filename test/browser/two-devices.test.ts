import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Body, details, web } from '../support/apps.ts';
import { startServer } from '../support/server.ts';
import { openBrowser, type Setting } from './browser.ts';
import { checkPage, codeOf, signIn, textOf } from './pages.ts';

const phone: Setting = { size: 'phone', javaScript: true };
const desk: Setting = { size: 'desk', javaScript: true };
const plain: Setting = { size: 'desk', javaScript: false };

test('R7 R8 R10 binds over two devices: the code typed on one, the other goes on by itself', async () => {
  const { issuer } = await startServer();
  const [starter, other] = [await (await openBrowser(phone)).newPage(), await (await openBrowser(desk)).newPage()];
  const { url, verifier } = await web(issuer).start(details());
  await starter.goto(url);
  await signIn(starter, 'linxiao');
  await starter.click('button[value=approve]');
  const code = await codeOf(starter);

  await other.goto(`${issuer}/bind`);
  await checkPage(other, 'two-1-code', desk);
  await other.fill('[name=user_code]', '1234 5678');
  await other.click('form[action="/bind"] button');
  await checkPage(other, 'two-2-malformed', desk);
  assert.match(await textOf(other), /绑定码应为 16 位数字/);
  assert.equal(await other.inputValue('[name=user_code]'), '1234 5678', 'what was typed is kept');
  await other.fill('[name=user_code]', String((BigInt(code) + 1n) % 10n ** 16n).padStart(16, '0'));
  await other.click('form[action="/bind"] button');
  assert.match(await textOf(other), /绑定码不对/);

  // As a Chinese keyboard may type it: full-width digits, in groups.
  const typed = code.replace(/\d/g, (digit) => String.fromCodePoint(0xff10 + Number(digit))).replace(/(.{4})/g, '$1 ');
  await other.fill('[name=user_code]', typed);
  await other.click('form[action="/bind"] button');
  await signIn(other, 'linxiao-draws', 'wrong');
  await checkPage(other, 'two-3-wrong-password', desk);
  assert.equal(await other.inputValue('[name=login]'), 'linxiao-draws');
  assert.equal(await other.inputValue('[name=password]'), '');
  await signIn(other, 'linxiao-draws');
  assert.doesNotMatch(await textOf(other), /就是这个浏览器/);
  await other.click('button[value=approve]');
  await checkPage(other, 'two-4-other-done', desk);
  assert.equal(await other.locator('#continue').count(), 0, 'this browser has no app to go back to');

  await starter.waitForSelector('#app', { timeout: 20_000 }); // it asks every three seconds, and moves on three seconds after
  const { body } = await web(issuer).exchange(new URL(starter.url()), { verifier });
  const [detail] = body.authorization_details as [Body];
  assert.ok((await web(issuer).redeem(String(detail.binding_request))).body.binding_token);
});

test('R8 an app with screens of its own opens the start page, and the other side scans', async () => {
  const { issuer } = await startServer();
  const [starter, other] = [await (await openBrowser(plain)).newPage(), await (await openBrowser(phone)).newPage()];
  const app = web(issuer);
  const { body } = await app.ask(details({ role: 'sub' }));
  await starter.goto(String(body.start_uri));
  await checkPage(starter, 'back-1-sign-in', plain);
  await signIn(starter, 'linxiao-reads');
  await checkPage(starter, 'back-2-consent', plain);
  assert.match(await textOf(starter), /这个账号将作为小号/);
  await starter.click('button[value=approve]');
  assert.match(await codeOf(starter), /^\d{16}$/);
  const link = (await starter.getAttribute('#other-account-here', 'href')) ?? ''; // what the QR code holds
  assert.equal((await app.redeem(String(body.binding_request))).body.error, 'authorization_pending');

  await other.goto(`${issuer}${link}`);
  await checkPage(other, 'back-3-other-sign-in', phone);
  await signIn(other, 'linxiao');
  await checkPage(other, 'back-4-approve', phone);
  assert.match(await textOf(other), /已用 2 个，共 3 个/);
  await other.click('button[value=approve]');
  await checkPage(other, 'back-5-bound', phone);

  await starter.click('#continue');
  await checkPage(starter, 'back-6-starter-bound', plain);
  assert.match(await textOf(starter), /绑定完成/);
  assert.ok((await app.redeem(String(body.binding_request))).body.binding_token);
});

test('R32 an enterprise confirms last, having seen which account answered', async () => {
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
  assert.match(await textOf(page), /等待发起方最后确认/);
  await page.goto(waiting);
  await checkPage(page, 'enterprise-2-confirm', desk);
  await page.click('button[value=approve]');
  await checkPage(page, 'enterprise-3-bound', desk);
  assert.match(await textOf(page), /绑定完成/);
});

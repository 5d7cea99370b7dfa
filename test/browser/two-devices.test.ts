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
  assert.match(await textOf(counterparty), /绑定码应为 16 位数字/);
  assert.equal(
    await counterparty.inputValue('[name=user_code]'),
    '1234 5678',
    'what was typed is kept',
  );
  await counterparty.fill(
    '[name=user_code]',
    String((BigInt(code) + 1n) % 10n ** 16n).padStart(16, '0'),
  );
  await counterparty.click('form[action="/bind"] button');
  assert.match(await textOf(counterparty), /绑定码不对/);

  // As a Chinese keyboard may type it: full-width digits, in groups.
  const typed = code
    .replace(/\d/g, (digit) => String.fromCodePoint(0xff10 + Number(digit)))
    .replace(/(.{4})/g, '$1 ');
  await counterparty.fill('[name=user_code]', typed);
  await counterparty.click('form[action="/bind"] button');
  await signIn(counterparty, 'linxiao-draws', 'wrong');
  await checkPage(counterparty, 'two-3-wrong-password', desk);
  assert.equal(await counterparty.inputValue('[name=login]'), 'linxiao-draws');
  assert.equal(await counterparty.inputValue('[name=password]'), '');
  await signIn(counterparty, 'linxiao-draws');
  assert.doesNotMatch(await textOf(counterparty), /就是这个浏览器/);
  await counterparty.click('button[value=approve]');
  await checkPage(counterparty, 'two-4-other-done', desk);
  assert.equal(
    await counterparty.locator('#continue').count(),
    0,
    'this browser has no app to go back to',
  );

  await initiator.waitForSelector('#app', { timeout: 20_000 }); // it asks every three seconds, and moves on three seconds after
  const { body } = await web(issuer).exchange(new URL(initiator.url()), { verifier });
  const [detail] = body.authorization_details as [Body];
  assert.ok((await web(issuer).redeem(String(detail.binding_request))).body.binding_token);
});

test('R8 an app with screens of its own opens the start page, and the other side scans', async () => {
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
  assert.match(await textOf(initiator), /这个账号将作为小号/);
  await initiator.click('button[value=approve]');
  assert.match(await codeOf(initiator), /^\d{16}$/);
  const link = (await initiator.getAttribute('#other-account-here', 'href')) ?? ''; // what the QR code holds
  assert.equal(
    (await app.redeem(String(body.binding_request))).body.error,
    'authorization_pending',
  );

  await counterparty.goto(`${issuer}${link}`);
  await checkPage(counterparty, 'back-3-other-sign-in', phone);
  await signIn(counterparty, 'linxiao');
  await checkPage(counterparty, 'back-4-approve', phone);
  assert.match(await textOf(counterparty), /已用 2 个，共 3 个/);
  await counterparty.click('button[value=approve]');
  await checkPage(counterparty, 'back-5-bound', phone);

  await initiator.click('#continue');
  await checkPage(initiator, 'back-6-initiator-bound', plain);
  assert.match(await textOf(initiator), /绑定完成/);
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

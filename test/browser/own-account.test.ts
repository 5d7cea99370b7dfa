import { randomBytes } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { codeAt } from '../support/mailbox.ts';
import { startServer } from '../support/server.ts';
import { giveAuthenticator } from './authenticator.ts';
import { openBrowser, SETTINGS } from './browser.ts';
import { checkPage, nameOf, textOf } from './pages.ts';

const server = await startServer({ env: { SIGN_UP: 'on' } });
const { issuer } = server;
const PASSWORD = 'four words and a half';

for (const setting of SETTINGS) {
  test(`a person signs up, changes the password, leaves, ${nameOf(setting)}`, async () => {
    const login = `p${randomBytes(5).toString('hex')}`;
    const contact = `${login}@people.example`;
    const page = await (await openBrowser(setting)).newPage();
    const check = async (name: string) =>
      await checkPage(page, `${name}-${nameOf(setting)}`, setting);
    const press = async () => await page.click('main form .button:not([type=button])');

    await page.goto(`${issuer}/account/sign-in`);
    await check('own-sign-in');
    await page.click('#sign-up');
    await check('sign-up-contact');
    await page.fill('[name=contact]', 'nothing');
    await press();
    await check('sign-up-malformed');
    await page.fill('[name=contact]', contact);
    await press();
    await page.fill('[name=code]', '12345678');
    await page.fill('[name=login]', login);
    await page.fill('[name=name]', '新人');
    await page.fill('[name=password]', PASSWORD);
    await press();
    await check('sign-up-wrong-code');
    expect(await page.inputValue('[name=login]')).toBe(login);
    await page.fill('[name=code]', await codeAt(server, contact));
    await page.fill('[name=password]', PASSWORD);
    await press();
    await page.waitForURL(`${issuer}/account`);

    const phone = `+86139${String(Date.now()).slice(-8)}`;
    await page.goto(`${issuer}/account/security/contacts`);
    await check('contacts');
    await page.fill('#add [name=contact]', phone);
    await page.fill('#add [name=password]', PASSWORD);
    await page.click('#add form .button:not([type=button])');
    await check('contacts-code');
    await page.fill('[name=code]', await codeAt(server, phone));
    await press();
    await check('contacts-done');
    await page.click('#phone summary');
    await page.fill('#phone [name=password]', PASSWORD);
    await page.click('#phone .button.brake');
    await page.waitForURL(/done=removed/);

    await page.goto(`${issuer}/account/password`);
    await check('password');
    await page.fill('[name=password]', PASSWORD);
    await page.fill('[name=next]', `${PASSWORD}, changed`);
    await press();
    await page.waitForURL(/done=password/);
    await check('password-done');

    await page.goto(`${issuer}/account/close`);
    await check('close');
    await page.fill('[name=password]', `${PASSWORD}, changed`);
    await press();
    await check('close-done');
    expect(await textOf(page, 'h1')).toMatch(/^(账号已注销|The account is closed)$/);

    await page.goto(`${issuer}/account/recover`);
    await check('recover-contact');
    await page.fill('[name=contact]', contact);
    await press();
    await check('recover-code');
  });
}

test('a person signs up with a passkey, and the password field is no hindrance', async () => {
  const login = `p${randomBytes(5).toString('hex')}`;
  const contact = `${login}@people.example`;
  const page = await (
    await openBrowser({ size: 'phone', javaScript: true, language: 'en' })
  ).newPage();
  const { credentials, turn } = await giveAuthenticator(page);
  await page.goto(`${issuer}/account/sign-up`);
  await page.fill('[name=contact]', contact);
  await page.click('main form .button');
  await page.fill('[name=login]', login);
  await page.fill('[name=name]', '新人');
  await page.fill('[name=code]', '12345678');
  await page.fill('[name=password]', 'short');
  await page.click('#by-passkey');
  expect(await textOf(page, '[data-passkey-problem] strong')).toBe('That is not the code');
  await turn(false);
  await page.fill('[name=code]', await codeAt(server, contact));
  await page.click('#by-passkey');
  expect(await textOf(page, '[data-passkey-problem] strong')).not.toContain('code');
  await turn(true);
  await page.click('#by-passkey');
  await page.waitForURL(`${issuer}/account`);
  expect((await credentials()).length).toBe(1);

  await page.goto(`${issuer}/account/password`);
  await checkPage(page, 'password-first', { size: 'phone', javaScript: true, language: 'en' });
  await page.fill('[name=next]', PASSWORD);
  await page.click('[data-passkey=get]');
  await page.waitForSelector('[data-passkey-done]:not([hidden])');
  await page.click('main form .button:not([type=button])');
  await page.waitForURL(/done=password/);
});

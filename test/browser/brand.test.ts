import { resolve } from 'node:path';
import { expect, test } from '@jest/globals';
import { startServer } from '../support/server.ts';
import { openBrowser, SETTINGS, type Setting } from './browser.ts';
import { checkPage, nameOf, signIn } from './pages.ts';

// A platform's own name and colours, under a path of its host.
const { issuer } = await startServer({
  path: '/bindery',
  env: { BRAND_FILE: resolve('test/fixtures/brand/brand.json') },
});

const MORE: readonly Setting[] = [{ size: 'phone', javaScript: true, dark: true }];

for (const setting of [...SETTINGS, ...MORE]) {
  test(`pages wear a brand under a path, ${nameOf(setting)}`, async () => {
    const browser = await openBrowser(setting);
    const page = await browser.newPage();
    const failed: string[] = [];
    page.on('response', (answer) => {
      if (answer.status() >= 400) failed.push(answer.url());
    });
    await page.goto(`${issuer}/account/security`);
    await checkPage(page, `brand-sign-in-${nameOf(setting)}`, setting);
    if (setting.javaScript) {
      // The script names its cookie, and the path of it, as the server reads them.
      await page.waitForFunction(() => document.cookie.includes('bindery_look'));
      const look = (await browser.cookies()).find(({ name }) => name === 'bindery_look');
      expect(look?.path).toBe('/bindery');
    }
    await signIn(page, 'linxiao');
    await page.waitForURL(`${issuer}/account/security`);
    expect(await page.textContent('#signed-in')).toMatch(/^林晓 · (样例港湾|Harbour Sample)$/);
    await checkPage(page, `brand-security-${nameOf(setting)}`, setting);
    await page.goto(`${issuer}/bind`);
    await checkPage(page, `brand-code-${nameOf(setting)}`, setting);
    const colour = await page
      .locator('.button')
      .first()
      .evaluate((button) => getComputedStyle(button).backgroundColor)
      .catch(() => undefined);
    if (setting.javaScript)
      expect(colour).toBe(setting.dark ? 'rgb(243, 166, 207)' : 'rgb(138, 31, 92)');
    expect(failed).toStrictEqual([]);
  });
}

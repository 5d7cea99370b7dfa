import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import { type Page, type Setting, shoot } from './browser.ts';

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export const PASSWORD = 'Bindery-demo-2026';

export function nameOf({ size, javaScript, language = 'zh-CN', dark = false }: Setting): string {
  return [size, javaScript ? 'js' : 'no-js', language, dark ? 'dark' : 'light'].join('-');
}

export async function signIn(page: Page, login: string, password = PASSWORD): Promise<void> {
  await page.fill('input[name=login]', login);
  await page.fill('input[name=password]', password);
  await page.click('form:has(input[name=password]) button');
}

export async function textOf(page: Page, selector = 'main'): Promise<string> {
  return ((await page.textContent(selector)) ?? '').replace(/\s+/g, ' ').trim();
}

/** The DET as the page shows it, without its grouping. */
export async function codeOf(page: Page): Promise<string> {
  return (await textOf(page, '#user-code')).replaceAll(' ', '');
}

/** What every page must be, whoever looks at it: nothing cut off, nothing in the way of anybody. */
export async function checkPage(page: Page, name: string, setting: Setting): Promise<void> {
  await page.waitForLoadState();
  await shoot(page, name);
  assert.equal(await page.locator('h1').count(), 1, `${name} has one heading`);
  assert.equal(await page.locator('script:not([src])').count(), 0, `${name} has no inline script`);
  if (!setting.javaScript) return; // what looks below runs in the page
  const { overflow, small } = await page.evaluate(() => ({
    overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    small: [
      ...document.querySelectorAll<HTMLElement>(
        'button, a.button, a.plain, .top a, .links a, input:not([type=hidden])',
      ),
    ]
      .filter(
        (element) => element.offsetParent !== null && element.getBoundingClientRect().height < 44,
      )
      .map((element) => element.outerHTML.slice(0, 80)),
  }));
  assert.equal(overflow, 0, `${name} does not scroll sideways`);
  assert.deepEqual(small, [], `${name} has nothing too small to touch`);
  await page.evaluate(axe);
  const { violations } = await page.evaluate(
    async () => await (globalThis as unknown as { axe: { run(): Promise<AxeResults> } }).axe.run(),
  );
  assert.deepEqual(
    violations.map(
      ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 100)).join(' | ')}`,
    ),
    [],
    `${name} shuts nobody out`,
  );
}

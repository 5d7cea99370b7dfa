import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { expect } from '@jest/globals';
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

/** The code (DET) on the page, without spaces. */
export async function codeOf(page: Page): Promise<string> {
  return (await textOf(page, '#user-code')).replaceAll(' ', '');
}

/** Checks what every page needs: one heading, no overflow, large controls, no axe violation. */
export async function checkPage(page: Page, name: string, setting: Setting): Promise<void> {
  await page.waitForLoadState();
  await shoot(page, name);
  expect([`${name} has one heading`, await page.locator('h1').count()]).toStrictEqual([
    `${name} has one heading`,
    1,
  ]);
  expect([
    `${name} has no inline script`,
    await page.locator('script:not([src])').count(),
  ]).toStrictEqual([`${name} has no inline script`, 0]);
  if (!setting.javaScript) return; // the checks below are scripts in the page
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
  expect([`${name} does not scroll sideways`, overflow]).toStrictEqual([
    `${name} does not scroll sideways`,
    0,
  ]);
  expect([`${name} has nothing too small to touch`, small]).toStrictEqual([
    `${name} has nothing too small to touch`,
    [],
  ]);
  await page.evaluate(axe);
  const { violations } = await page.evaluate(
    async () => await (globalThis as unknown as { axe: { run(): Promise<AxeResults> } }).axe.run(),
  );
  expect([
    `${name} has no axe violation`,
    violations.map(
      ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 100)).join(' | ')}`,
    ),
  ]).toStrictEqual([`${name} has no axe violation`, []]);
}

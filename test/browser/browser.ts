import { mkdir } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll } from '@jest/globals';
import chromium from '@sparticuz/chromium';
import {
  type Browser,
  type BrowserContext,
  type Page,
  chromium as playwright,
} from 'playwright-core';

export type { BrowserContext, Page };

/** A folder for screenshots of every page that the tests check. */
const SHOTS = process.env.SHOTS;

export const SIZES = {
  phone: { width: 360, height: 780 },
  desk: { width: 1280, height: 900 },
} as const;

export interface Setting {
  readonly size: keyof typeof SIZES;
  readonly javaScript: boolean;
  readonly language?: 'zh-CN' | 'en';
  readonly dark?: boolean;
}

/** The four settings of every journey. */
export const SETTINGS: readonly Setting[] = [
  { size: 'phone', javaScript: true },
  { size: 'phone', javaScript: false, dark: true },
  { size: 'desk', javaScript: true, language: 'en' },
  { size: 'desk', javaScript: false, language: 'en', dark: true },
];

/** In a single process, pictures are fetched with the cookies of another context. */
const ARGS = chromium.args.filter((arg) => arg !== '--single-process' && arg !== '--no-zygote');

let launched: Promise<{ readonly browser: Browser; readonly app: Server }> | undefined;

/** One Chromium a file. A free port answers for the demo app, so that files can run in parallel. */
async function launch(): Promise<{ readonly browser: Browser; readonly app: Server }> {
  const app = createServer((_request, response) => {
    response.setHeader('Content-Type', 'text/html; charset=utf-8');
    response.end('<!doctype html><title>app</title><h1 id="app">app</h1>');
  });
  await new Promise<void>((resolve) => app.listen(0, '127.0.0.1', resolve));
  const { port } = app.address() as AddressInfo;
  const browser = await playwright.launch({
    executablePath: await chromium.executablePath(),
    args: [...ARGS, `--host-resolver-rules=MAP localhost:4000 127.0.0.1:${port}`],
    headless: true,
  });
  return { browser, app };
}

afterAll(async () => {
  const { browser, app } = (await launched) ?? {};
  await browser?.close();
  app?.closeAllConnections();
  app?.close();
});

/** A browser context with its own cookies: the device of one person. */
export async function openBrowser(setting: Setting): Promise<BrowserContext> {
  launched ??= launch();
  const { browser } = await launched;
  return await browser.newContext({
    viewport: SIZES[setting.size],
    javaScriptEnabled: setting.javaScript,
    locale: setting.language ?? 'zh-CN',
    colorScheme: setting.dark ? 'dark' : 'light',
    ...(setting.size === 'phone' ? { hasTouch: true, deviceScaleFactor: 2 } : {}),
  });
}

export async function shoot(page: Page, name: string): Promise<void> {
  if (SHOTS === undefined) return;
  await mkdir(SHOTS, { recursive: true });
  await page.screenshot({ path: `${SHOTS}/${name}.png`, fullPage: true });
}

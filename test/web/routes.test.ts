import { globSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { HttpBrowser } from '../support/http-browser.ts';
import { startServer } from '../support/server.ts';

/** Gives itself for every member and call: routers take dependencies, and call none here. */
const anything: unknown = new Proxy(() => {}, { get: () => anything, apply: () => anything });

interface Route {
  readonly method: string;
  readonly path: string;
  /** A sign-in may lead back to it. */
  readonly returnTarget: boolean;
}

/** The routes that the `….pages.ts` of all journeys add to a router. */
async function findRoutes(): Promise<readonly Route[]> {
  const found: Route[] = [];
  const targets = new Set<string>();
  const add = (path: string): string => {
    targets.add(path);
    return path;
  };
  const pages = new Proxy(
    {},
    { get: (_, name) => (name === 'returnTargets' ? { add } : anything) },
  );
  const router = new Proxy(
    {},
    {
      get: (_, method) => (path: string) =>
        found.push({ method: String(method), path, returnTarget: targets.has(path) }),
    },
  );
  for (const file of globSync('src/web/*/*.pages.ts')) {
    const exported = await import(pathToFileURL(resolve(file)).href);
    for (const [name, addRoutes] of Object.entries(exported))
      if (/^[a-z]\w*Pages$/.test(name) && !name.startsWith('make'))
        (addRoutes as (...given: readonly unknown[]) => void)(router, pages, anything);
  }
  return found;
}

const routes = await findRoutes();
const { issuer } = await startServer({ env: { SIGN_UP: 'on' } });

/** The path with something that is nobody's for each parameter. */
const pathOf = ({ path }: Route): string => path.replace(/:\w+/g, 'x');

/** Pages of people who are not signed in yet. */
const FOR_ANYBODY = /^\/account\/(sign-in|sign-up|recover)\b/;

const personal = routes.filter(
  ({ method, path }) =>
    method === 'get' && /^\/(account|review|operator)\b/.test(path) && !FOR_ANYBODY.test(path),
);

/** What pages fetch, and a page that shares its path with another. */
const NO_PAGES: ReadonlySet<string> = new Set([
  '/account/verification/bank_micro_deposit',
  '/account/verification/status',
  '/operator/board/:section.csv',
  '/operator/board/:section.svg',
  '/review/:case/documents/:document',
]);

describe('the routes of the pages', () => {
  test('a route that takes a form refuses it from another site', async () => {
    const forms = routes.filter(({ method }) => method === 'post');
    expect(forms.length).toBeGreaterThan(30);
    const taken: string[] = [];
    for (const route of forms) {
      const headers = { origin: 'https://evil.example' };
      const { status } = await new HttpBrowser(issuer).send(pathOf(route), {
        form: new URLSearchParams(),
        headers,
      });
      if (status !== 403) taken.push(`${route.path} answers ${status}`);
    }
    expect(taken).toStrictEqual([]);
  });

  test('a page of an account, of reviewers or of operators asks who is there', async () => {
    expect(personal.length).toBeGreaterThan(15);
    const open: string[] = [];
    for (const route of personal) {
      const { status, location } = await new HttpBrowser(issuer).send(pathOf(route));
      if (location?.pathname !== '/account/sign-in') open.push(`${route.path} answers ${status}`);
    }
    expect(open).toStrictEqual([]);
  });

  test('a sign-in leads back to each of these pages', () => {
    const lost = personal.filter(({ path, returnTarget }) => !returnTarget && !NO_PAGES.has(path));
    expect(lost.map(({ path }) => path)).toStrictEqual([]);
  });
});

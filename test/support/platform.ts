import type { Page } from '../../examples/demo/page.ts';
import {
  type PlatformAccount,
  type PlatformOptions,
  type RunningPlatform,
  startPlatform,
} from '../../examples/demo-platform/platform.ts';
import { freePorts } from './child.ts';
import { atEnd } from './cleanup.ts';
import { HttpBrowser } from './http-browser.ts';
import { startServer, type TestBindery } from './server.ts';

export interface WithPlatform {
  readonly server: TestBindery;
  readonly platform: RunningPlatform;
}

const password = 'Bindery-demo-2026';

/** An account of a test's own at the platform. */
export function platformAccount(
  login: string,
  more: Partial<PlatformAccount> = {},
): PlatformAccount {
  return { id: `id-${login}`, login, name: `Name of ${login}`, password, ...more };
}

/** Bindery and the demo's platform with accounts of the test's own, as `npm start` runs them. */
export async function startWithPlatform(
  accounts: readonly PlatformAccount[],
  {
    port: asked,
    bindingPort,
    clients = [],
    env = {},
    readLog = false,
  }: {
    /** Where the platform and Bindery listen; without them, anywhere. */
    readonly port?: number;
    readonly bindingPort?: number;
    readonly clients?: PlatformOptions['clients'];
    readonly env?: Readonly<Record<string, string>>;
    readonly readLog?: boolean;
  } = {},
): Promise<WithPlatform> {
  const [free] = (await freePorts(1)) as [number];
  const port = asked ?? free;
  const server = await startServer({
    readLog,
    port: bindingPort,
    env: { DEMO_PLATFORM_PORT: String(port), ...env },
  });
  const platform = await startPlatform({
    port,
    accounts,
    clients: [
      publicClient('bindery', `${server.issuer}/upstream/demo/demo/callback`),
      publicClient('demo-platform-app', 'http://localhost:4000/platform'),
      ...clients,
    ],
  });
  atEnd(async () => await platform.close());
  return { server, platform };
}

export function publicClient(id: string, redirectUri: string): PlatformOptions['clients'][number] {
  return {
    client_id: id,
    token_endpoint_auth_method: 'none',
    grant_types: ['authorization_code'],
    response_types: ['code'],
    redirect_uris: [redirectUri],
  };
}

/** A person at one browser, and that browser's cookies at the platform. */
export interface Traveller {
  readonly here: HttpBrowser;
  readonly there: HttpBrowser;
}

export function makeTraveller({ server, platform }: WithPlatform): Traveller {
  return { here: new HttpBrowser(server.issuer), there: new HttpBrowser(platform.issuer) };
}

/** Presses the platform's button; gives the address that the browser is sent to. */
export async function leaveForPlatform(
  { here }: Pick<Traveller, 'here'>,
  page: Page,
  provider = 'demo/demo',
): Promise<URL> {
  const form = page.form('provider', provider);
  const sent = await here.send(form.action, { form: form.filled({ provider }) });
  if (!sent.location) throw new Error(`not sent to a platform: ${sent.status} ${sent.page.text}`);
  return sent.location;
}

/** Signs in at the platform; gives the address that it sends the browser back to. */
export async function signInThere(
  { there }: Pick<Traveller, 'there'>,
  to: URL,
  login: string,
): Promise<URL> {
  const arrived = await there.go(to);
  if (arrived.location) return arrived.location; // still signed in there
  const form = arrived.page.form('login');
  const left = await there.go(form.action, { form: form.filled({ login, password }) });
  if (!left.location) throw new Error(`the platform says: ${left.status} ${left.page.text}`);
  return left.location;
}

/** All of it, to the page of Bindery that comes next. */
export async function signInUpstream(
  traveller: Traveller,
  page: Page,
  login: string,
): Promise<Page> {
  const back = await signInThere(traveller, await leaveForPlatform(traveller, page), login);
  return (await traveller.here.go(back)).page;
}

import { CookieJar } from 'tough-cookie';
import { type Form, Page } from './page.ts';
import { type Fetch, wire } from './wire.ts';

const MOST_REDIRECTS = 12;

/**
 * The User-Agent of a browser. The server shows the device to the other side of a binding (R10).
 */
export const DEVICES = {
  windows: {
    names: ['Chrome', 'Windows'],
    userAgent:
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36',
  },
  iphone: {
    names: ['Safari', 'iOS'],
    userAgent:
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1',
  },
} as const;

/** A person's browser: its own cookie jar, follows redirects, runs no JavaScript. */
export class Browser {
  readonly visited: string[] = [];
  readonly #fetch: Fetch;
  readonly #jar = new CookieJar();
  /** Where people press forms: the server, and the platform once they have left for it. */
  readonly #known: Set<string>;
  readonly #issuer: URL;
  readonly #userAgent: string;

  constructor(name: string, issuer: URL, device: keyof typeof DEVICES = 'windows') {
    this.#fetch = wire(name, issuer);
    this.#issuer = issuer;
    this.#known = new Set([issuer.origin]);
    this.#userAgent = DEVICES[device].userAgent;
  }

  /** Opens a page of the server. A text is its path under the issuer. */
  async open(url: URL | string): Promise<Page> {
    const whole = typeof url === 'string' && url.startsWith('/');
    return expectPage(
      await this.#go(new URL(whole ? `${this.#issuer.href.replace(/\/$/, '')}${url}` : url)),
    );
  }

  async press(form: Form, typed: Readonly<Record<string, string>> = {}): Promise<Page> {
    return expectPage(await this.#go(form.action, form.filled(typed)));
  }

  /** Presses a form that leads to a platform's own page. Its origin is followed from then on. */
  async pressToPlatform(form: Form, typed: Readonly<Record<string, string>>): Promise<Page> {
    const left = await this.#go(form.action, form.filled(typed));
    if (!(left instanceof URL)) return left;
    this.#known.add(left.origin);
    return expectPage(await this.#go(left));
  }

  /** Presses a form whose answer calls an app back. Returns the app's address. */
  async pressAway(form: Form, typed: Readonly<Record<string, string>>): Promise<URL> {
    const arrived = await this.#go(form.action, form.filled(typed));
    if (arrived instanceof URL) return arrived;
    throw new Error(`the page “${arrived.title}” came instead of the way back to the app`);
  }

  async upload(
    form: Form,
    files: readonly File[],
    typed: Readonly<Record<string, string>> = {},
  ): Promise<Page> {
    return expectPage(await this.#go(form.action, form.filledWith(files, typed)));
  }

  /** Loads any address with this browser's cookies. */
  async load(
    url: URL,
  ): Promise<{ readonly status: number; readonly headers: Headers; readonly bytes: Buffer }> {
    const answer = await this.#fetch(url.href, { headers: await this.#headers(url, false) });
    return {
      status: answer.status,
      headers: answer.headers,
      bytes: Buffer.from(await answer.arrayBuffer()),
    };
  }

  /**
   * Opens a page that sends the person back to the app. Returns the address at which the app is
   * called back.
   */
  async leaveFor(url: URL): Promise<URL> {
    const arrived = await this.#go(url);
    if (arrived instanceof URL) return arrived;
    throw new Error(
      `the page “${arrived.title}” (${arrived.status}) came instead of the way back to the app: ${arrived.text.slice(0, 200)}`,
    );
  }

  async #go(start: URL, form?: URLSearchParams | FormData): Promise<Page | URL> {
    let url = start;
    let body = form;
    for (let hops = 0; hops < MOST_REDIRECTS; hops += 1) {
      this.visited.push(url.href);
      const answer = await this.#fetch(url.href, {
        method: body ? 'POST' : 'GET',
        headers: await this.#headers(url, body !== undefined),
        body: body ?? null,
      });
      for (const cookie of answer.headers.getSetCookie())
        await this.#jar.setCookie(cookie, url.href, { ignoreError: true });
      const location = answer.headers.get('location');
      if (location === null) return new Page(url, answer.status, await answer.text());
      url = new URL(location, url);
      // This address belongs to the app, or to a platform.
      if (!this.#known.has(url.origin)) return url;
      body = undefined; // 303: the answer to a form is another page
    }
    throw new Error(`more than ${MOST_REDIRECTS} redirects from ${start.pathname}`);
  }

  async #headers(url: URL, posted: boolean): Promise<Headers> {
    const headers = new Headers({
      'user-agent': this.#userAgent,
      accept: 'text/html',
      'accept-language': 'en',
    });
    const cookies = await this.#jar.getCookieString(url.href);
    if (cookies !== '') headers.set('cookie', cookies);
    if (posted) headers.set('origin', url.origin);
    return headers;
  }
}

function expectPage(arrived: Page | URL): Page {
  if (arrived instanceof URL)
    throw new Error(
      `the browser was sent to ${arrived.origin}${arrived.pathname} where a page was expected`,
    );
  return arrived;
}

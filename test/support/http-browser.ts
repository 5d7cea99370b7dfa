import { CookieJar } from 'tough-cookie';
import { type Form, Page } from '../../examples/demo/page.ts';

const MOST_REDIRECTS = 12;

/** One answer, as it came: redirects are answers of their own. */
export class Answer {
  readonly url: URL;
  readonly status: number;
  readonly headers: Headers;
  readonly html: string;

  constructor(url: URL, answer: Response, html: string) {
    this.url = url;
    this.status = answer.status;
    this.headers = answer.headers;
    this.html = html;
  }

  get page(): Page {
    return new Page(this.url, this.status, this.html);
  }

  get location(): URL | undefined {
    const location = this.headers.get('location');
    return location === null ? undefined : new URL(location, this.url);
  }
}

export interface Sent {
  readonly form?: Readonly<Record<string, string>> | URLSearchParams | FormData;
  readonly headers?: Readonly<Record<string, string>>;
  readonly method?: string;
}

/**
 * Somebody at a browser without JavaScript: cookies of its own, forms as they stand on the page,
 * quiet.
 */
export class HttpBrowser {
  readonly jar = new CookieJar();
  /** Every address this browser has asked for. */
  readonly visited: string[] = [];
  readonly #issuer: string;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(issuer: string, headers: Readonly<Record<string, string>> = {}) {
    this.#issuer = issuer;
    this.#headers = { accept: 'text/html', 'accept-language': 'en', ...headers };
  }

  /** One exchange; a form is posted with the origin that a browser would name. */
  async send(to: string | URL, { form, headers = {}, method }: Sent = {}): Promise<Answer> {
    const url = this.#at(to);
    this.visited.push(url.href);
    const cookie = await this.jar.getCookieString(url.href);
    const answer = await fetch(url, {
      method: method ?? (form ? 'POST' : 'GET'),
      body: form instanceof FormData ? form : form ? new URLSearchParams(form) : null,
      redirect: 'manual',
      headers: {
        ...this.#headers,
        ...(form ? { origin: new URL(this.#issuer).origin, 'sec-fetch-site': 'same-origin' } : {}),
        ...(cookie === '' ? {} : { cookie }),
        ...headers,
      },
      signal: AbortSignal.timeout(30_000),
    });
    for (const line of answer.headers.getSetCookie())
      await this.jar.setCookie(line, url.href, { ignoreError: true });
    return new Answer(url, answer, await answer.text());
  }

  /** Follows redirects to the page they end on, or to the address of an app that they leave for. */
  async go(to: string | URL, sent: Sent = {}): Promise<Answer> {
    let answer = await this.send(to, sent);
    for (let hops = 0; hops < MOST_REDIRECTS; hops += 1) {
      const { location } = answer;
      if (location === undefined || location.origin !== new URL(this.#issuer).origin) return answer;
      answer = await this.send(location);
    }
    throw new Error(`more than ${MOST_REDIRECTS} redirects from ${String(to)}`);
  }

  async open(to: string | URL): Promise<Page> {
    return pageOf(await this.go(to));
  }

  async press(form: Form, typed: Readonly<Record<string, string>> = {}): Promise<Page> {
    return pageOf(await this.go(form.action, { form: form.filled(typed) }));
  }

  async upload(
    form: Form,
    files: readonly File[],
    typed: Readonly<Record<string, string>> = {},
  ): Promise<Page> {
    return pageOf(await this.go(form.action, { form: form.filledWith(files, typed) }));
  }

  /** Opens what leads back to the app; gives the address that the app is called at. */
  async leave(to: string | URL): Promise<URL> {
    const { location, page } = await this.go(to);
    if (location === undefined)
      throw new Error(
        `“${page.title}” (${page.status}) came instead of the way back: ${page.text.slice(0, 300)}`,
      );
    return location;
  }

  /** A path is one under the issuer. */
  #at(to: string | URL): URL {
    return typeof to === 'string' && to.startsWith('/')
      ? new URL(`${this.#issuer}${to}`)
      : new URL(to);
  }

  /** The value of one of this browser's cookies, by the page that would be sent it. */
  async cookie(name: string, path = '/'): Promise<string | undefined> {
    const cookies = await this.jar.getCookies(this.#at(path).href);
    return cookies.find(({ key }) => key === name)?.value;
  }
}

function pageOf(answer: Answer): Page {
  if (answer.location)
    throw new Error(`the browser was sent to ${answer.location.href} where a page was expected`);
  return answer.page;
}

import { type Answer, type Sending, send, Unexpected } from './http.ts';

interface Cookie {
  readonly name: string;
  readonly value: string;
  readonly path: string;
}

export interface Form {
  readonly action: URL;
  readonly fields: Readonly<Record<string, string>>;
  has(field: string): boolean;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
};
const MOST_REDIRECTS = 10;

/**
 * The parts of a browser that the pages need without JavaScript: cookies with paths, redirects,
 * forms with hidden fields.
 */
export class Browser {
  readonly #origin: string;
  readonly #cookies = new Map<string, Cookie>();

  constructor(origin: string) {
    this.#origin = origin;
  }

  /** Sends one request with this browser's cookies. Follows no redirect. */
  async request(url: URL, sending: Sending = {}): Promise<Answer> {
    const cookie = this.#cookieHeader(url);
    const answer = await send(url, {
      ...sending,
      headers: { accept: 'text/html', ...(cookie ? { cookie } : {}), ...sending.headers },
    });
    for (const line of answer.headers['set-cookie'] ?? []) this.#keep(line);
    return answer;
  }

  /**
   * Opens a page and follows redirects. Stops at a page, or at another site (then `left` is its
   * URL).
   */
  async open(
    start: URL,
    sending: Sending = {},
  ): Promise<{ readonly page?: Answer; readonly left?: URL }> {
    let url = start;
    let answer = await this.request(url, sending);
    for (let hops = 0; answer.status >= 300 && answer.status < 400; hops += 1) {
      if (hops === MOST_REDIRECTS) throw new Unexpected('too many redirects', answer);
      url = new URL(answer.headers.location ?? '', url);
      if (url.origin !== this.#origin) return { left: url };
      answer = await this.request(url);
    }
    if (answer.status !== 200) throw new Unexpected('no page', answer);
    return { page: answer };
  }

  async submit(form: Form, filled: Readonly<Record<string, string>> = {}) {
    return await this.open(form.action, {
      form: { ...form.fields, ...filled },
      headers: { origin: this.#origin },
    });
  }

  #cookieHeader({ pathname }: URL): string {
    const fits = ({ path }: Cookie) =>
      pathname === path || pathname.startsWith(path.endsWith('/') ? path : `${path}/`);
    return [...this.#cookies.values()]
      .filter(fits)
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ');
  }

  #keep(line: string): void {
    const [pair = '', ...attributes] = line.split(';').map((part) => part.trim());
    const equals = pair.indexOf('=');
    const [name, value] = [pair.slice(0, equals), pair.slice(equals + 1)];
    const given = new Map(
      attributes.map((one) => [one.split('=')[0]?.toLowerCase(), one.slice(one.indexOf('=') + 1)]),
    );
    const path = given.get('path') ?? '/';
    const over =
      given.get('max-age') === '0' || Date.parse(given.get('expires') ?? '') < Date.now();
    if (value === '' || over) this.#cookies.delete(`${name} ${path}`);
    else this.#cookies.set(`${name} ${path}`, { name, value, path });
  }
}

/** The forms of a page, with their hidden fields. */
function formsOf({ url, body }: Answer): readonly Form[] {
  return [...body.matchAll(/<form\b([^>]*)>(.*?)<\/form>/gs)].map(([, head = '', inside = '']) => {
    const controls = [...inside.matchAll(/<(?:input|button|textarea|select)\b[^>]*>/g)].map(
      ([tag]) => tag,
    );
    const hidden = controls.filter((tag) => attribute(tag, 'type') === 'hidden');
    const names = new Set(controls.map((tag) => attribute(tag, 'name')));
    return {
      action: new URL(attribute(head, 'action') ?? '', url),
      fields: Object.fromEntries(
        hidden.map((tag) => [attribute(tag, 'name') ?? '', attribute(tag, 'value') ?? '']),
      ),
      has: (field: string) => names.has(field),
    };
  });
}

/** The form of a page that has a field of this name. */
export function formWith(page: Answer | undefined, field: string): Form | undefined {
  return page && formsOf(page).find((form) => form.has(field));
}

function attribute(tag: string, name: string): string | undefined {
  const value = new RegExp(`\\b${name}="([^"]*)"`).exec(tag)?.[1];
  return value?.replace(/&(?:amp|lt|gt|quot|#39);/g, (entity) => ENTITIES[entity] ?? entity);
}

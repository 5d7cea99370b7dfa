import { Agent, type IncomingHttpHeaders, request } from 'node:http';

export interface Answer {
  readonly url: URL;
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Sending {
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  /** A form, sent URL-encoded. */
  readonly form?: Readonly<Record<string, string>>;
}

/** An unexpected answer ends the benchmark, because figures of failing requests are useless. */
export class Unexpected extends Error {
  constructor(what: string, { status, headers, body, url }: Answer) {
    const words = body
      .replace(/<style.*?<\/style>|<[^>]*>/gs, ' ')
      .replace(/\s+/g, ' ')
      .trim();
    super(
      `${what}: ${url.href} answered ${status} ${headers.location ?? ''} ${words.slice(0, 400)}`,
    );
    this.name = 'Unexpected';
  }
}

const TIMEOUT_MS = 15_000;
let agent = newAgent();

function newAgent(): Agent {
  return new Agent({ keepAlive: true, maxSockets: 64 });
}

/**
 * Closes connections, so that every round opens new ones. The server may just have closed an old
 * one.
 */
export function forgetConnections(): void {
  agent.destroy();
  agent = newAgent();
}

/** Sends one HTTP/1.1 request on a kept-alive connection. The caller follows redirects. */
export async function send(
  url: URL,
  { method, headers = {}, form }: Sending = {},
): Promise<Answer> {
  const body = form && new URLSearchParams(form as Record<string, string>).toString();
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const sent = request(
    url,
    {
      agent,
      timeout: TIMEOUT_MS,
      method: method ?? (form ? 'POST' : 'GET'),
      headers: {
        ...headers,
        ...(body === undefined
          ? {}
          : {
              'content-type': 'application/x-www-form-urlencoded',
              'content-length': Buffer.byteLength(body),
            }),
      },
    },
    (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('error', reject);
      response.on('end', () =>
        resolve({
          url,
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(parts).toString(),
        }),
      );
    },
  );
  sent.on('timeout', () =>
    sent.destroy(new Error(`${url.href} gave no answer in ${TIMEOUT_MS / 1000} s`)),
  );
  sent.on('error', reject);
  sent.end(body);
  return await promise;
}

export function json(answer: Answer, status: number): Record<string, unknown> {
  if (answer.status !== status) throw new Unexpected(`${status} was expected`, answer);
  return JSON.parse(answer.body) as Record<string, unknown>;
}

import { expect } from '@jest/globals';
import type { Block } from './examples.ts';
import { expectLike, expectText, filled, parseWritten, type Seen } from './likeness.ts';

/**
 * An `http` block: a request, a blank line, its body; then the answer, which begins at its status
 * line.
 */
export interface Exchange {
  readonly method: string;
  readonly target: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string;
  readonly answer: {
    readonly status: number;
    readonly headers: readonly (readonly [string, string])[];
    readonly body: string;
  };
}

export function parseExchange({ lines, line }: Block): Exchange {
  const statusAt = lines.findIndex((text) => text.startsWith('HTTP/1.1 '));
  if (statusAt < 1)
    throw new Error(`line ${line}: an http block is a request and the answer to it`);
  const request = message(lines.slice(0, statusAt));
  const answer = message(lines.slice(statusAt));
  const [method = '', target = ''] = request.first.split(' ');
  const status = Number(answer.first.split(' ')[1]);
  return {
    method,
    target,
    headers: request.headers,
    body: request.body,
    answer: { ...answer, status },
  };
}

function message(lines: readonly string[]) {
  const [first = '', ...rest] = lines;
  const blank = rest.indexOf('');
  const head = blank < 0 ? rest : rest.slice(0, blank);
  const body =
    blank < 0
      ? ''
      : rest
          .slice(blank + 1)
          .join('\n')
          .trim();
  const headers = head.map((text) => {
    const [name = '', ...value] = text.split(': ');
    return [name, value.join(': ')] as const;
  });
  return { first, headers, body };
}

/**
 * A form as the document shows it: a parameter a line, further lines belong to the one before,
 * nothing is encoded.
 */
function formOf(body: string, seen: Seen): URLSearchParams {
  const form = new URLSearchParams();
  let last = '';
  for (const text of body.split('\n')) {
    const start = /^([a-z_]+)=(.*)$/.exec(text);
    last = start?.[1] ?? last;
    if (last === '') throw new Error(`“${text}” is no parameter`);
    form.set(last, filled(start ? (start[2] ?? '') : `${form.get(last)}\n${text.trim()}`, seen));
  }
  return form;
}

/** Sends the request as it is written. */
export async function send(exchange: Exchange, issuer: string, seen: Seen): Promise<Response> {
  const headers = new Headers(exchange.headers.map(([name, value]) => [name, filled(value, seen)]));
  return await fetch(new URL(filled(exchange.target, seen), issuer), {
    method: exchange.method,
    headers,
    body: exchange.body === '' ? null : formOf(exchange.body, seen),
    redirect: 'manual',
    signal: AbortSignal.timeout(30_000),
  });
}

/** Compares the answer with the document's: status, shown headers, and each member of the body. */
export async function expectAnswer(
  exchange: Exchange,
  response: Response,
  seen: Seen,
): Promise<void> {
  const body = await response.text();
  try {
    compare(exchange, response, body, seen);
  } catch (error) {
    if (error instanceof Error)
      error.message += `\nThe server answered ${response.status} ${body.slice(0, 1_000)}`;
    throw error;
  }
}

function compare({ answer }: Exchange, response: Response, body: string, seen: Seen): void {
  expect(['the status', response.status]).toStrictEqual(['the status', answer.status]);
  for (const [name, value] of answer.headers)
    expectText(response.headers.get(name) ?? 'no such header', value, seen, name);
  if (answer.body === '')
    expect(body).toBe(''); // the document shows no body
  else if (/^[{[]\s*["\n]/.test(answer.body))
    expectLike(JSON.parse(body), parseWritten(answer.body), seen);
  else expectText(body.trim(), answer.body, seen, 'the body');
}

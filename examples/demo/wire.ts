import { parse } from 'node-html-parser';
import { discreetUrl, membersOf, shortened } from './discretion.ts';
import { printAnswered, printSent } from './print.ts';

export type Fetch = (url: string, init?: RequestInit) => Promise<Response>;

/**
 * A fetch that prints what `who` sends and receives. Redirects are not followed, because each is a
 * separate exchange.
 */
export function wire(who: string, issuer: URL): Fetch {
  return async (url, init = {}) => {
    const method = init.method ?? 'GET';
    printSent(
      who,
      `${method} ${discreetUrl(new URL(url), issuer)}${proofs(new Headers(init.headers))}`,
      sentMembers(init.body),
    );
    const answer = await fetch(url, {
      ...init,
      redirect: 'manual',
      signal: AbortSignal.timeout(15_000),
    });
    const body = Buffer.from(await answer.arrayBuffer());
    describe(who, answer, body, issuer);
    const empty = answer.status === 204 || answer.status === 304;
    return new Response(empty ? null : body, { status: answer.status, headers: answer.headers });
  };
}

function proofs(headers: Headers): string {
  const basic = headers.get('authorization')?.startsWith('Basic ')
    ? ', client secret in the Authorization header'
    : '';
  return `${basic}${headers.has('dpop') ? ', DPoP proof' : ''}`;
}

/** Personal data of people, which must not appear in the terminal. */
const PERSONAL = /^(name|number|legal_representative|bank_account|amount|value|text|reason)$/;

function sentMembers(body: RequestInit['body']): string[] {
  if (!(body instanceof URLSearchParams || body instanceof FormData)) return [];
  const members: Record<string, unknown> = {};
  body.forEach((value, name) => {
    if (typeof value !== 'string') members[name] = fileWords(value);
    else if (PERSONAL.test(name)) members[name] = '••••••••';
    else members[name] = name === 'authorization_details' ? JSON.parse(value) : value;
  });
  return membersOf(members);
}

function fileWords({ name, size }: File): string {
  return `${name}, ${Math.ceil(size / 1024)} KB`;
}

function describe(who: string, answer: Response, body: Buffer, issuer: URL): void {
  const type = answer.headers.get('content-type') ?? '';
  const location = answer.headers.get('location');
  if (location)
    printAnswered(
      who,
      `${answer.status} go to ${discreetUrl(new URL(location, issuer), issuer)}`,
      [],
    );
  else if (type.includes('json'))
    printAnswered(who, String(answer.status), membersOf(JSON.parse(body.toString())));
  else if (type.includes('html'))
    printAnswered(
      who,
      `${answer.status} page “${parse(body.toString()).querySelector('title')?.text ?? ''}”`,
      [],
    );
  else if (type.startsWith('image/'))
    printAnswered(who, `${answer.status} ${type}, ${Math.ceil(body.length / 1024)} KB`, []);
  else printAnswered(who, `${answer.status} ${type} ${shortened(body.toString(), 16)}`, []);
}

import { AsyncLocalStorage } from 'node:async_hooks';
import { randomFillSync } from 'node:crypto';

/** What every log line of one HTTP request contains. */
export interface RequestContext {
  readonly requestId: string;
  /**
   * The pattern of the matched route (`/bind/s/:approvalSession`), or undefined before a match.
   * Never the path: it may contain a link that works like a code.
   */
  readonly route: () => string | undefined;
}

const contexts = new AsyncLocalStorage<RequestContext>();

/** Runs `work` in the context of this request. */
export function withinRequest<T>(context: RequestContext, work: () => T): T {
  return contexts.run(context, work);
}

/** The current request; undefined in jobs and commands. */
export function currentRequest(): RequestContext | undefined {
  return contexts.getStore();
}

/** Crockford's Base32: no I, L, O or U, so that a person can read an id aloud. */
const LETTERS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const LENGTH = 12;

/** Random bytes for the next ids. One call for many: it costs 2 µs, an eighth of a whole answer. */
const pool = Buffer.alloc(LENGTH * 256);
let used = pool.length;

/** A new request id: 12 characters, 60 random bits. */
export function newRequestId(): string {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  let id = '';
  for (const byte of pool.subarray(used, used + LENGTH)) id += LETTERS[byte % LETTERS.length];
  used += LENGTH;
  return id;
}

/**
 * Accepts an id from a proxy: of a common length, with no character that could break a log line or
 * a header.
 */
export function isRequestId(text: string): boolean {
  return /^[\w.:-]{8,64}$/.test(text);
}

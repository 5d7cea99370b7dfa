import type { Logger } from 'pino';
import { ADMIN_PROBLEMS } from './api/admin/problems.ts';
import { CLOCK_ANSWERS } from './api/management.ts';
import { ANSWERS } from './api/verification.routes.ts';
import type { Count } from './kernel/counters.ts';
import { REFUSAL_CODES, type Refusal, type ReportRefusal } from './kernel/refusals.ts';
import { OAUTH_ERRORS } from './oidc/refusals.ts';
import { SCIM_ERRORS } from './scim/scim-errors.ts';
import { ERROR_PAGES } from './web/core/error-pages.ts';

/** Every code that a page, a route or an OAuth error can show: the values of the metric's label. */
const TOLD_CODES: ReadonlySet<string> = new Set([
  ...REFUSAL_CODES,
  ...Object.keys(ERROR_PAGES),
  ...Object.keys(ANSWERS),
  ...Object.keys(CLOCK_ANSWERS),
  ...Object.keys(SCIM_ERRORS),
  ...Object.keys(ADMIN_PROBLEMS),
  ...OAUTH_ERRORS,
  'unknown_list',
]);

/**
 * Members of a refusal's detail whose text is from the code: a state, a kind, a limit's name. Text
 * of other members is not logged, because people may type passwords or numbers into any field.
 */
const WORDS: ReadonlySet<string> = new Set([
  'column',
  'command',
  'consent',
  'examiner',
  'field',
  'hook',
  'kind',
  'limiter',
  'member',
  'refusal',
  'state',
  'table',
  'type',
]);
const WORD = /^[a-z][a-z0-9_.-]{0,40}$/;
/** The id of a registered client: its own choice, or oidc-provider's. */
const CLIENT_ID = /^[\w.:/~-]{1,128}$/;
/** `newId(…)`. */
const ID = /^[a-z]{3}_[\w-]{22}$/;
const SITE = /^[A-Z]{3,5}-[0-9A-Z]{3}$/;
/**
 * Larger numbers may identify a person: telephone numbers have eleven digits, accounts and
 * documents more.
 */
const LARGEST_NUMBER = 1e9;

/**
 * The parts of a refusal's detail that may be logged: numbers, flags, moments, ids, sites and known
 * texts.
 */
export function loggable(
  detail: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(detail).filter(([name, value]) => mayLog(name, value)));
}

function mayLog(name: string, value: unknown): boolean {
  if (typeof value === 'string') {
    if (name === 'client') return CLIENT_ID.test(value);
    return ID.test(value) || SITE.test(value) || (WORDS.has(name) && WORD.test(value));
  }
  if (typeof value === 'number') return Math.abs(value) < LARGEST_NUMBER;
  if (Array.isArray(value)) return value.every((each) => mayLog(name, each));
  return value === null || typeof value === 'boolean' || value instanceof Date;
}

/** The only place that reports refusals: each is one log line at level info and one count. */
export function refusalReporter(log: Pick<Logger, 'info'>, count: Count): ReportRefusal {
  return ({ code, site, detail }: Refusal) => {
    log.info({ refusal: code, site, ...(detail ? { detail: loggable(detail) } : {}) }, 'refused');
    count('bindery_refusals_total', { code: TOLD_CODES.has(code) ? code : 'other' });
  };
}

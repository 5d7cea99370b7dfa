import { type DestinationStream, type Logger, pino } from 'pino';
import { currentRequest } from './kernel/request-context.ts';

/**
 * Values of members with these names are removed from every log line (R7, and passwords, tokens,
 * cookies).
 */
const SECRET_MEMBERS = [
  'password',
  'user_code',
  'code',
  'link',
  'handle',
  'binding_request',
  'binding_token',
  'access_token',
  'refresh_token',
  'id_token',
  'client_secret',
  'client_assertion',
  'authorization',
  'cookie',
  'dpop',
  'csrf',
];

/**
 * Objects whose `code` is an error code: an SQLSTATE, an errno, a refusal. Elsewhere a code is a
 * credential.
 */
const ERROR_HOLDERS = ['err', 'error', 'cause', 'refusal'];

/** Members that PostgreSQL adds to an error. They contain values of the row that failed. */
const ROW_MEMBERS = ['err.detail', 'err.where'];

/** For a wildcard match, pino does not tell `censor` the parent object. So these are named. */
const HOLDER_CODES = ERROR_HOLDERS.map((holder) => `${holder}.code`);

const CENSORED = '…';

function censor(value: unknown, path: readonly (string | number)[]): unknown {
  return path.at(-1) === 'code' && ERROR_HOLDERS.includes(String(path.at(-2))) ? value : CENSORED;
}

/** Added to every log line while a request is answered: its id and its matched route. */
function requestMembers(): object {
  const request = currentRequest();
  return request ? { requestId: request.requestId, route: request.route() } : {};
}

/** Writes JSON lines to standard error; standard output is for people. */
export function makeLog(level: string, to: DestinationStream = pino.destination(2)): Logger {
  return pino(
    {
      level,
      base: undefined,
      mixin: requestMembers,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: {
        paths: [
          ...SECRET_MEMBERS.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]),
          ...HOLDER_CODES,
          ...ROW_MEMBERS,
        ],
        censor,
      },
    },
    to,
  );
}

import { type Logger, pino } from 'pino';

/** Whatever these members are called in whatever is logged, their values are not (R7, and passwords, tokens, cookies). */
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

/** JSON lines on standard error; standard output is for people. */
export function makeLog(level: string): Logger {
  return pino(
    {
      level,
      base: undefined,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: { paths: SECRET_MEMBERS.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: '…' },
    },
    pino.destination(2),
  );
}

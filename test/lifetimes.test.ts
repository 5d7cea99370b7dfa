import { globSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';

/** How a duration is written. A value that is converted (`pack.days * DAY`) is not one. */
const DURATIONS = [
  /\binterval '[^']*\d[^']*'/,
  /'\d+ (second|minute|hour|day|week|month|year)s?'/,
  /\bmake_interval\(\w+ => \d/,
  /\d \* (MINUTE|HOUR|DAY)\b/,
  /[=:(] ?(MINUTE|HOUR|DAY)\b/,
  /\d \* (60|24|3_?600|86_?400)(_?000)?\b/,
  /[=:(] ?(3_?600|86_?400)\b/,
  /\b[A-Z_]*(SECONDS?|MINUTES?|HOURS?|DAYS?|MONTHS|YEARS?)(_(?!MS\b)[A-Z_]+)? *= *\d/,
];

/** Durations that are no lifetimes, or that stay beside what they belong to. */
// biome-ignore format: a table is read by its columns
const ACCEPTED: Readonly<Record<string, string>> = {
  'src/binding/binding-request.ts RETRY_SECONDS':     'docs/protocol.md#redeeming',
  'src/binding/start-request.ts POLL_INTERVAL_SECONDS': 'the least pause between polls',
  'src/board/count-board.ts HOURS':                   'how much one batch counts',
  'src/board/count-board.ts LATEST_MINUTES':          'how late a row may be written',
  'src/board/range.ts MOST_DAYS':                     'the longest range of the board',
  'src/board/range.ts SHANGHAI_AHEAD_MS':             'a time zone',
  'src/board/range.ts USUAL_DAYS':                    'the range that the board shows at first',
  'src/cli/seed-demo.ts openedAt':                    'the demo’s history',
  'src/compose-evidence.ts declarations':             'the window of a limit',
  'src/compose-evidence.ts passwords':                'the window of a limit',
  'src/limits.ts A_DAY':                             'the window of a limit',
  'src/accounts/messages.store.ts from':             'jobs run each minute anyway',
  'src/accounts/messages.store.ts next_try_at':      'the pause between two tries',
  'src/accounts/sandbox-messages.store.ts from':     'the demo’s messages',
  'src/accounts/sandbox-messages.store.ts select':   'the demo’s messages',
  'src/limits.ts AN_HOUR':                           'the window of a limit',
  'src/limits.ts FIFTEEN_MINUTES':                   'the window of a limit',
  'src/config.ts .max':                               'the most that a variable may say',
  'src/documents/watermark.ts SHANGHAI_AHEAD_MS':     'a time zone',
  'src/evidence/provider/signature.ts TOLERANCE_SECONDS': 'docs/verification-provider.md',
  'src/jobs/pools.store.ts where':                    'when the doctor calls a job late',
  'src/jobs/start-jobs.ts LOOK_AHEAD_SECONDS':        'jobs run each minute anyway',
  'src/jobs/start-jobs.ts SHORTEST_PAUSE_SECONDS':    'a pause between two runs',
  'src/oidc/adapter.ts GRACE_SECONDS':                'decision 1',
  'src/oidc/client-registry.ts FRESH_MILLISECONDS':  'how long one process trusts its memory',
  'src/oidc/failure.ts RETRY_AFTER_SECONDS':          'what a client is told in an outage',
    'src/oidc/proof-of-possession.ts WINDOW_SECONDS': 'the window of oidc-provider for DPoP proofs',
  'src/policy/pack.ts DAY_SECONDS':                   'the most that a pack may say',
  'src/policy/pack.ts freshSignInSeconds':            'the most that a pack may say',
  'src/policy/sync-rules.ts THIRTY_DAYS':            'the most that a pack may say',
  'src/policy/unbinding-rules.ts A_YEAR_OF_HOURS':    'the most that a pack may say',
  'src/policy/unbinding-rules.ts TEN_YEARS':          'the most that a pack may say',
  'src/review/deadline.ts SHANGHAI_AHEAD_MS':         'a time zone',
  'src/risk/device-key.ts SETTLED_DAYS':              'a threshold of a scorer',
  'src/risk/habit.ts HALF_LIFE_SECONDS':              'a parameter of a scorer',
  'src/risk/habit.ts LEAST_HOURS':                    'a parameter of a scorer',
  'src/risk/location.ts SHORTEST_HOURS':              'a parameter of a scorer',
  'src/risk/money.ts CIRCLE_DAYS':                    'a parameter of a scorer',
  'src/tokens/signing-keys.ts TEN_YEARS':             'sealed for longer than any key serves',
  'src/tokens/status-list.ts STATUS_TTL_SECONDS':     'docs/protocol.md#status-list',
  'src/upstream/openid-connection.ts KEPT_MILLISECONDS': 'how long one process trusts its memory',
  'src/web/approval/outcome.views.ts MOVE_ON_SECONDS': 'how long a page waits',
  'src/web/core/error-pages.ts too_many_messages':   'the window of a limit',
  'src/web/core/hour.ts SHANGHAI_AHEAD_MS':           'a time zone',
  'src/web/core/visitor.ts FOUR_HUNDRED_DAYS':        'the longest a browser keeps a cookie (RFC 6265bis)',
};

/** The name that a line gives its value, or its first word. */
function nameOn(line: string): string {
  return /^(?:export )?(?:const )?(\.?\w+)/.exec(line)?.[1] ?? line;
}

function durationsIn(source: string): readonly string[] {
  return source
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => !/^(\*|\/\*|\/\/)/.test(line))
    .filter((line) => DURATIONS.some((form) => form.test(line)))
    .map(nameOn);
}

describe('lifetimes', () => {
  test('lifetimes are in packs and in src/lifetimes.ts, and nowhere else', () => {
    const found = globSync('src/**/*.ts')
      .filter((file) => file !== 'src/lifetimes.ts' && file !== 'src/kernel/time.ts')
      .flatMap((file) => durationsIn(readFileSync(file, 'utf8')).map((name) => `${file} ${name}`));
    // both ways: an exception that nothing needs is deleted
    expect([...new Set(found)].sort()).toStrictEqual(Object.keys(ACCEPTED).sort());
  });

  // biome-ignore format: a table is read by its columns
  const LINES: readonly (readonly [line: string, names: readonly string[]])[] = [
    ['export const DAYS_KEPT = 90;',                                   ['DAYS_KEPT']],
    ['const DAYS = 30;',                                               ['DAYS']],
    ['const LINGERS = HOUR;',                                          ['LINGERS']],
    ['const until = plusSeconds(at, 10 * DAY);',                       ['until']],
    ['const HALF_A_DAY_MS = 12 * 3_600_000;',                          ['HALF_A_DAY_MS']],
    ["where received_at < now() - interval '1 hour'",                  ['where']],
    ['const until = plusSeconds(stored.now, pack.minutes * MINUTE);',  []],
    ['where at < now() - make_interval(secs => $1)',                   []],
    ['// an hour later: 3_600',                                        []],
  ];
  for (const [line, names] of LINES)
    test(`${names.length === 0 ? 'no duration is' : 'a duration is'} in: ${line}`, () =>
      expect(durationsIn(line)).toStrictEqual(names));
});

import { describe, expect, test } from '@jest/globals';
import { newId } from '../src/kernel/ids.ts';
import { recoded, refusal } from '../src/kernel/refusals.ts';
import { loggable, refusalReporter } from '../src/refusals.ts';

/** What people type or hold. It is never logged, whatever its name in a detail. */
// biome-ignore format: a table is read by its columns
const PERSONAL = {
  'a name':              '孙莉',
  'a name in letters':   'Sun Li',
  'a document number':   '110101199003070118',
  'a telephone':         '13800138000',
  'a number as such':    13_800_138_000,
  'an account number':   6217999900041234567n,
  'a sentence':          'Please look at it again.',
  'a token':             'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln',
  'a place':             { street: '1 High Street' },
} as const;

const NAMES = [
  'field',
  'state',
  'type',
  'limiter',
  'because',
  'found',
  'problem',
  'typed',
  'login',
];

describe('the detail of a refusal', () => {
  for (const [what, value] of Object.entries(PERSONAL)) {
    test(`the detail of a refusal is logged without ${what}`, () => {
      for (const name of NAMES)
        expect([name, loggable({ [name]: value, list: [value] })]).toStrictEqual([name, {}]);
    });
  }

  test('the detail of a refusal is logged without words that the code does not know', () => {
    expect(loggable({ typed: 'hunter2', because: 'hunter2', id: 'hunter2' })).toStrictEqual({});
  });

  test('the detail keeps numbers, flags, dates, ids, sites and words of the code', () => {
    const kept = {
      size: 15_728_640,
      taken: true,
      ownerId: null,
      due: new Date(0),
      case: newId('cas'),
      because: 'OWN-4A1',
      state: 'in_review',
      limiter: 'sign-in-pair',
      suspendedBy: [newId('acc'), newId('acc')],
      client: '3Fq_demo-web',
    };
    expect(loggable(kept)).toStrictEqual(kept);
  });
});

describe('the report of a refusal', () => {
  const reported = (code: string, site = 'BIND-2R1') => {
    const lines: unknown[] = [];
    const counts: unknown[] = [];
    const report = refusalReporter(
      { info: (...line: unknown[]) => void lines.push(line) } as never,
      (name, labels) => void counts.push([name, labels]),
    );
    report(refusal(code, site));
    return { lines, counts };
  };

  test('a refusal is reported as one log line and one count', () => {
    const { lines, counts } = reported('limit_reached');
    expect(lines).toStrictEqual([[{ refusal: 'limit_reached', site: 'BIND-2R1' }, 'refused']]);
    expect(counts).toStrictEqual([['bindery_refusals_total', { code: 'limit_reached' }]]);
  });

  test('an unknown refusal code is counted as other, to limit the series', () => {
    expect(reported('made-up-by-a-caller').counts).toStrictEqual([
      ['bindery_refusals_total', { code: 'other' }],
    ]);
  });

  test('a refusal that gets another code keeps its site and detail', () => {
    const first = refusal('unknown_request', 'BIND-8A0', { state: 'bound' });
    expect(recoded(first, 'unknown_refusal')).toStrictEqual({ ...first, code: 'unknown_refusal' });
  });
});

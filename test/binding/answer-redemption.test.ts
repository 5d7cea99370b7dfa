import assert from 'node:assert/strict';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { answerRedemption, type RedemptionAnswer } from '../../src/binding/answer-redemption.ts';
import type { BindingRequest, RequestState } from '../../src/binding/binding-request.ts';
import type { AccountId, BindingId, DecisionId } from '../../src/kernel/ids.ts';

const sides = { initiator: 'acc_initiator' as AccountId, counterparty: 'acc_other' as AccountId };
const decisionId = 'dec_1' as DecisionId;
const bindingId = 'bnd_1' as BindingId;
const at = (second: number, ms = 0) => new Date(Date.UTC(2026, 10, 22, 8, 0, second, ms));
const due = new Date('2026-11-24T00:00:00Z');
const redeemedAt = at(840);

const REQUESTS = {
  created: { state: 'created' },
  offered: { state: 'offered', initiator: sides.initiator, wrongCodes: 2 },
  answered: { state: 'answered', ...sides, decisionId },
  proving: {
    state: 'proving',
    ...sides,
    decisionId,
    asked: { initiator: 'any', counterparty: null, either: null },
    proofs: { initiator: null, counterparty: null },
    until: at(900),
  },
  in_review: { state: 'in_review', ...sides, decisionId, due },
  approved: { state: 'approved', ...sides, bindingId },
  redeemed: { state: 'redeemed', ...sides, bindingId, redeemedAt },
  refused: { state: 'refused', refusal: 'limit_reached' },
  expired: { state: 'expired', because: 'withdrawn' },
} as const satisfies Record<RequestState, BindingRequest>;

/**
 * `expiresAt` is 900 s; the last poll was 5 s ago (patient), 4.999 s ago (hasty) or never was
 * (first).
 */
const POLLS = {
  first: { at: 10, last: null },
  patient: { at: 860, last: at(855) },
  hasty: { at: 860, last: at(855, 1) },
  'at the end': { at: 900, last: at(895) },
  'hasty, at the end': { at: 900, last: at(895, 1) },
  'long after': { at: 90_000, last: at(860) },
} as const;

const ANSWERS: Record<string, RedemptionAnswer> = {
  pending: { answer: 'authorization_pending' },
  slow: { answer: 'slow_down', interval: 10 },
  review: { answer: 'review_pending', due, interval: 10 },
  bound: { answer: 'bound', bindingId },
  denied: { answer: 'access_denied', refusal: 'limit_reached' },
  risk: { answer: 'access_denied', refusal: 'risk' }, // nobody proved what was asked in time
  expired: { answer: 'expired_token' },
  again: { answer: 'already_redeemed' },
};

// Written by hand from docs/protocol.md#redeeming.
// biome-ignore format: a table is read by its columns
const TABLE = {
  //           first    patient  hasty    at the end  hasty, at the end  long after
  created:   ['pending','pending','slow',  'expired',  'expired',         'expired'],
  offered:   ['pending','pending','slow',  'expired',  'expired',         'expired'],
  answered:  ['pending','pending','slow',  'expired',  'expired',         'expired'],
  proving:   ['pending','pending','slow',  'risk',     'risk',            'risk'],
  in_review: ['review', 'review', 'slow',  'review',   'slow',            'review'],
  approved:  ['bound',  'bound',  'bound', 'bound',    'bound',           'bound'],
  redeemed:  ['bound',  'bound',  'bound', 'bound',    'bound',           'again'],
  refused:   ['denied', 'denied', 'denied','denied',   'denied',          'denied'],
  expired:   ['expired','expired','expired','expired', 'expired',         'expired'],
} as const satisfies Record<RequestState, readonly string[]>;

describe('the answer to a redemption: every state × time', () => {
  for (const [state, cells] of Object.entries(TABLE)) {
    for (const [i, [name, poll]] of Object.entries(POLLS).entries()) {
      test(`${state}, ${name} → ${cells[i]}`, () => {
        const request = REQUESTS[state as RequestState];
        const given = {
          now: at(poll.at),
          expiresAt: at(900),
          lastPolledAt: poll.last,
          intervalSeconds: 5,
        };
        expect(answerRedemption(request, given)).toStrictEqual(ANSWERS[String(cells[i])]);
      });
    }
  }

  test('a lost answer can be requested again for exactly 60 seconds', () => {
    const ask = (now: Date) =>
      answerRedemption(REQUESTS.redeemed, {
        now,
        expiresAt: at(900),
        lastPolledAt: null,
        intervalSeconds: 5,
      });
    expect(ask(at(900))).toStrictEqual({ answer: 'bound', bindingId });
    expect(ask(at(900, 1))).toStrictEqual({ answer: 'already_redeemed' });
  });

  test('while a person reviews, the polling interval doubles up to five minutes', () => {
    const seen = [];
    let interval = 5;
    let second = 0;
    for (let poll = 0; poll < 9; poll += 1) {
      const lastPolledAt = at(second);
      second += interval;
      const given = {
        now: at(second),
        expiresAt: at(900),
        lastPolledAt,
        intervalSeconds: interval,
      };
      const answer = answerRedemption(REQUESTS.in_review, given);
      assert.ok(answer.answer === 'review_pending');
      interval = answer.interval;
      seen.push(interval);
    }
    expect(seen).toStrictEqual([10, 20, 40, 80, 160, 300, 300, 300, 300]);
  });

  test('a polling interval is never shorter than the one before it', () => {
    const states = fc.constantFrom<BindingRequest>(...Object.values(REQUESTS));
    fc.assert(
      fc.property(
        states,
        fc.integer({ min: 5, max: 1000 }),
        fc.integer({ min: 0, max: 2000 }),
        (request, intervalSeconds, second) => {
          const given = {
            now: at(second),
            expiresAt: at(900),
            lastPolledAt: at(0),
            intervalSeconds,
          };
          const answer = answerRedemption(request, given);
          expect(!('interval' in answer) || answer.interval >= intervalSeconds).toBe(true);
        },
      ),
    );
  });
});

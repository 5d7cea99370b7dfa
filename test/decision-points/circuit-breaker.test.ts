import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  afterAnswer,
  type Breaker,
  beforeAsking,
  CLOSED,
  withBreaker,
} from '../../src/decision-points/circuit-breaker.ts';
import type { Answer } from '../../src/policy/answers.ts';
import { douyin, facts } from '../policy/douyin-facts.ts';

const TIMES = { failures: 3, pauseMs: 1000 };
const QUESTION = { facts: facts(), pack: douyin };
const SAID: Answer = { verdict: 'allow', reasons: [], by: 'them', ms: 1 };
const SILENT: Answer = { failure: 'timeout', ms: 800 };

function makeSpared() {
  let now = 0;
  let asked = 0;
  let next: Answer | Promise<Answer> = SILENT;
  const spared = withBreaker(
    {
      id: 'them',
      fails: 'review',
      close: async () => {},
      ask: async () => {
        asked += 1;
        return await next;
      },
    },
    TIMES,
    () => now,
  );
  return {
    ask: async () => {
      const answer = await spared.ask(QUESTION);
      return 'failure' in answer ? answer.failure : answer.verdict;
    },
    pass(ms: number) {
      now += ms;
    },
    answers(answer: Answer | Promise<Answer>) {
      next = answer;
    },
    asked: () => asked,
  };
}

describe('a consultant that keeps failing', () => {
  test('R22 is not asked after so many failures in a row, until a pause is over; then one question tries it', async () => {
    const them = makeSpared();
    for (let failure = 0; failure < 3; failure += 1) assert.equal(await them.ask(), 'timeout');
    assert.deepEqual(
      [await them.ask(), await them.ask(), them.asked()],
      ['circuit_open', 'circuit_open', 3],
    );
    them.pass(999);
    assert.equal(await them.ask(), 'circuit_open');
    them.pass(1);
    const trial = Promise.withResolvers<Answer>();
    them.answers(trial.promise);
    const first = them.ask();
    assert.equal(await them.ask(), 'circuit_open', 'one at a time');
    trial.resolve(SAID);
    assert.equal(await first, 'allow');
    them.answers(SAID);
    assert.deepEqual([await them.ask(), them.asked()], ['allow', 5]);
  });

  test('R22 a trial that fails begins the pause anew', async () => {
    const them = makeSpared();
    for (let failure = 0; failure < 3; failure += 1) await them.ask();
    them.pass(1000);
    assert.deepEqual([await them.ask(), await them.ask()], ['timeout', 'circuit_open']);
    them.pass(999);
    assert.equal(await them.ask(), 'circuit_open');
  });

  test('R22 failures in between answers open nothing', async () => {
    const them = makeSpared();
    for (let round = 0; round < 10; round += 1) {
      them.answers(round % 3 === 2 ? SAID : SILENT);
      assert.equal(await them.ask(), round % 3 === 2 ? 'allow' : 'timeout');
    }
  });

  test('R22 whatever happens in whatever order, it is asked again once the pause is over and the trial is back', () => {
    const steps = fc.array(fc.oneof(fc.constantFrom('ask', 'good', 'bad'), fc.nat(600)), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(steps, (walk) => {
        let breaker: Breaker = CLOSED;
        let now = 0;
        for (const step of walk) {
          if (typeof step === 'number') now += step;
          else if (step === 'ask') breaker = beforeAsking(breaker, now).breaker;
          else breaker = afterAnswer(breaker, step === 'good', now, TIMES);
          if (breaker.state === 'closed') assert.ok(breaker.failures < TIMES.failures);
        }
        if (breaker.state === 'trial') breaker = afterAnswer(breaker, false, now, TIMES);
        assert.equal(beforeAsking(breaker, now + TIMES.pauseMs).ask, true);
      }),
      { numRuns: 2000 },
    );
  });
});

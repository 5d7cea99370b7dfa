import { afterEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { withBreaker } from '../../src/decision-points/circuit-breaker.ts';
import type { Answer } from '../../src/policy/answers.ts';
import { douyin, facts } from '../policy/douyin-facts.ts';

const TIMES = { failures: 3, pauseMs: 1000 };
const QUESTION = { facts: facts(), pack: douyin };
const SAID: Answer = { verdict: 'allow', reasons: [], by: 'them', ms: 1 };
const SILENT: Answer = { failure: 'timeout', ms: 800 };

const realNow = Date.now;
afterEach(() => {
  Date.now = realNow;
});

function makeSpared() {
  let now = 0;
  Date.now = () => now; // cockatiel's clock
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

describe('a decision point that keeps failing', () => {
  test('a failing decision point is spared, and tried once after a pause [R22]', async () => {
    const them = makeSpared();
    for (let failure = 0; failure < 3; failure += 1) expect(await them.ask()).toBe('timeout');
    expect([await them.ask(), await them.ask(), them.asked()]).toStrictEqual([
      'circuit_open',
      'circuit_open',
      3,
    ]);
    them.pass(999);
    expect(await them.ask()).toBe('circuit_open');
    them.pass(1);
    const trial = Promise.withResolvers<Answer>();
    them.answers(trial.promise);
    const first = them.ask();
    // one at a time
    expect(await them.ask()).toBe('circuit_open');
    trial.resolve(SAID);
    expect(await first).toBe('allow');
    them.answers(SAID);
    expect([await them.ask(), them.asked()]).toStrictEqual(['allow', 5]);
  });

  test('the pause begins again when the trial fails', async () => {
    const them = makeSpared();
    for (let failure = 0; failure < 3; failure += 1) await them.ask();
    them.pass(1000);
    expect([await them.ask(), await them.ask()]).toStrictEqual(['timeout', 'circuit_open']);
    them.pass(999);
    expect(await them.ask()).toBe('circuit_open');
  });

  test('a decision point that answers between failures is still asked', async () => {
    const them = makeSpared();
    for (let round = 0; round < 10; round += 1) {
      them.answers(round % 3 === 2 ? SAID : SILENT);
      expect(await them.ask()).toBe(round % 3 === 2 ? 'allow' : 'timeout');
    }
  });

  test('a decision point is asked again after the pause, whatever happened before', async () => {
    const steps = fc.array(fc.oneof(fc.constantFrom(SAID, SILENT), fc.nat(600)), { maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(steps, async (walk) => {
        const them = makeSpared();
        for (const step of walk) {
          if (typeof step === 'number') {
            them.pass(step);
            continue;
          }
          them.answers(step);
          await them.ask();
        }
        them.pass(TIMES.pauseMs);
        them.answers(SAID);
        const before = them.asked();
        expect([await them.ask(), them.asked()]).toStrictEqual(['allow', before + 1]);
      }),
      { numRuns: 2000 },
    );
  });

  test('a late answer does not end the pause', async () => {
    const them = makeSpared();
    const late = Promise.withResolvers<Answer>();
    them.answers(late.promise);
    const asked = them.ask();
    them.answers(SILENT);
    for (let failure = 0; failure < 3; failure += 1) await them.ask();
    late.resolve(SAID);
    expect(await asked).toBe('allow');
    expect(await them.ask()).toBe('circuit_open');
  });
});

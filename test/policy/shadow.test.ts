import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { evaluate } from '../../src/policy/evaluate.ts';
import type { Hook } from '../../src/policy/hook.ts';
import { VERDICTS, type Verdict } from '../../src/policy/verdict.ts';
import { douyin, facts } from './douyin-facts.ts';

const hookThatSays = (id: string, verdict: Verdict | 'throws'): Hook => ({
  id,
  version: 1,
  needs: [],
  evaluate: () => {
    if (verdict === 'throws') throw new Error('boom');
    return { verdict, reasons: [{ code: verdict }] };
  },
});

const anyVerdicts = fc.array(fc.constantFrom(...VERDICTS, 'throws' as const), { maxLength: 4 });

describe('hooks in shadow', () => {
  test('hooks in shadow change no decision; what they would change is recorded [R22]', () => {
    fc.assert(
      fc.property(anyVerdicts, anyVerdicts, (real, shadowed) => {
        const hooks = real.map((verdict, at) => hookThatSays(`hook-${at}`, verdict));
        const shadows = shadowed.map((verdict, at) => hookThatSays(`shadow-${at}`, verdict));
        const ids = (made: readonly Hook[]) => made.map(({ id }) => id);
        const all = [...hooks, ...shadows];
        const { shadow, ...decision } = evaluate(
          { ...douyin, hooks: ids(hooks), shadow: ids(shadows) },
          all,
          facts(),
        );
        expect(decision).toStrictEqual(evaluate({ ...douyin, hooks: ids(hooks) }, all, facts()));
        if (shadows.length === 0) expect(shadow).toBe(undefined);
        else {
          expect(ids(shadow?.hooks as never)).toStrictEqual(ids(shadows));
          expect(shadow?.verdict).toBe(
            evaluate({ ...douyin, hooks: ids(all) }, all, facts()).verdict,
          );
        }
      }),
      { numRuns: 2000 },
    );
  });

  test('each hook can be timed, also in shadow', () => {
    const timed: string[] = [];
    evaluate(
      { ...douyin, hooks: ['a'], shadow: ['b'] },
      [hookThatSays('a', 'allow'), hookThatSays('b', 'deny')],
      facts(),
      (name, work) => {
        timed.push(name);
        return work();
      },
    );
    expect(timed).toStrictEqual(['a', 'b']);
  });
});

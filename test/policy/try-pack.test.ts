import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { DecisionId } from '../../src/kernel/ids.ts';
import { evaluate } from '../../src/policy/evaluate.ts';
import type { Facts } from '../../src/policy/facts.ts';
import type { Pack } from '../../src/policy/pack.ts';
import { HOOKS } from '../../src/policy/registry.ts';
import { PackTrial } from '../../src/policy/try-pack.ts';
import { anyFacts } from './any-facts.ts';
import { douyin, facts } from './douyin-facts.ts';

function replay(pack: Pack, past: readonly Facts[]) {
  const trial = new PackTrial(pack, HOOKS);
  for (const [at, given] of past.entries()) {
    const { verdict, refusal = null } = evaluate(douyin, HOOKS, given);
    trial.add({ id: `dec_${at}` as DecisionId, verdict, refusal, facts: given });
  }
  return trial.trial;
}

const counted = (count: number) => facts({ counts: { perPrimary: count, perOwner: count } });

describe('a dry run of a pack', () => {
  test('a dry run with the same pack changes nothing, for any facts [R41]', () => {
    fc.assert(
      fc.property(fc.array(anyFacts, { maxLength: 10 }), (past) => {
        expect(replay(douyin, past)).toStrictEqual({
          replayed: past.length,
          unchanged: past.length,
          undecidable: 0,
          changes: [],
        });
      }),
      { numRuns: 500 },
    );
  });

  test('a dry run lists changes by old and new verdict, most frequent first [R41]', () => {
    const stricter = { ...douyin, limits: { ...douyin.limits, personal: 1 } };
    const trial = replay(stricter, [
      counted(0),
      counted(1),
      counted(2),
      counted(1),
      counted(2),
      counted(3),
    ]);
    expect(trial).toStrictEqual({
      replayed: 6,
      unchanged: 2,
      undecidable: 0,
      changes: [
        {
          from: 'allow',
          to: 'deny limit_reached',
          count: 4,
          examples: ['dec_1', 'dec_2', 'dec_3'],
        },
      ],
    });
    const looser = replay({ ...douyin, limits: { ...douyin.limits, personal: null } }, [
      counted(3),
      counted(9),
    ]);
    expect(looser.changes).toStrictEqual([
      { from: 'deny limit_reached', to: 'allow', count: 2, examples: ['dec_0', 'dec_1'] },
    ]);
  });

  test('a dry run says which decisions lack a fact that the pack needs [R41]', () => {
    const { graph: _, ...older } = facts();
    expect(replay(douyin, [facts()]).undecidable).toStrictEqual(0);
    const trial = new PackTrial(douyin, HOOKS);
    trial.add({
      id: 'dec_old' as DecisionId,
      verdict: 'allow',
      refusal: null,
      facts: older as Facts,
    });
    expect(trial.trial).toStrictEqual({ replayed: 1, unchanged: 0, undecidable: 1, changes: [] });
  });
});

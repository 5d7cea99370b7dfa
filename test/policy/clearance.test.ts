import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { CaseId } from '../../src/kernel/ids.ts';
import { type Clearance, type Doubt, doubtsOf } from '../../src/policy/clearance.ts';
import { evaluate } from '../../src/policy/evaluate.ts';
import type { Facts } from '../../src/policy/facts.ts';
import type { Hook, Reason } from '../../src/policy/hook.ts';
import { HOOKS } from '../../src/policy/registry.ts';
import { VERDICTS, type Verdict } from '../../src/policy/verdict.ts';
import { device, douyin, facts } from './douyin-facts.ts';

const CASE = 'cas_appeal' as CaseId;

/** A hook with a given verdict, which can be cleared or not. */
function hookThatSays(
  id: string,
  verdict: Verdict,
  codes: readonly string[],
  overrulable: boolean,
): Hook {
  const reasons: readonly Reason[] = codes.map((code) => ({ code }));
  return {
    id,
    version: 1,
    needs: [],
    evaluate: () => ({ verdict, reasons }),
    ...(overrulable ? { overrulable: true as const } : {}),
  };
}

const given = (doubts: readonly Doubt[]): Facts =>
  facts({ clearance: { caseId: CASE, doubts } satisfies Clearance });
const run = (hooks: readonly Hook[], about: Facts) =>
  evaluate({ ...douyin, hooks: hooks.map(({ id }) => id) }, hooks, about);

const shared = facts({
  devices: { initiator: device('dev_1', { ownersSeen: 9 }), counterparty: device('dev_2') },
});

describe('a clearance of a doubt', () => {
  test('a cleared doubt counts as allow, and the decision names verdict and case [R23]', () => {
    const doubtful = evaluate(douyin, HOOKS, shared);
    expect(doubtful.verdict).toBe('review');
    const doubts = doubtsOf(HOOKS, doubtful.hooks);
    expect(doubts).toStrictEqual([
      { hook: 'device', verdict: 'review', reasons: ['shared_by_many', 'many_owners'] },
    ]);
    const decision = evaluate(douyin, HOOKS, { ...shared, clearance: { caseId: CASE, doubts } });
    expect(decision.verdict).toBe('allow');
    const record = decision.hooks.find(({ id }) => id === 'device');
    expect(record).toStrictEqual({
      ...doubtful.hooks.find(({ id }) => id === 'device'),
      verdict: 'allow',
      cleared: { said: 'review', by: CASE },
    });
  });

  test('a hook without a doubt is not marked as cleared [R23]', () => {
    const decision = evaluate(
      douyin,
      HOOKS,
      given([{ hook: 'device', verdict: 'review', reasons: ['shared_by_many'] }]),
    );
    expect(decision.hooks.every((record) => !('cleared' in record))).toBe(true);
  });

  const SEEN: Doubt = { hook: 'risk', verdict: 'review', reasons: ['shared_device', 'new_place'] };
  // biome-ignore format: a table is read by its columns
  const COVERED: readonly (readonly [name: string, verdict: Verdict, reasons: readonly string[], counts: Verdict])[] = [
    ['the same doubt',                         'review',  ['shared_device', 'new_place'],               'allow'],
    ['a part of the doubt',                    'review',  ['new_place'],                                'allow'],
    ['a milder verdict for the same reason',   'step_up', ['shared_device'],                            'allow'],
    ['a stricter verdict for the same reason', 'deny',    ['shared_device'],                            'deny'],
    ['a new reason',                           'review',  ['shared_device', 'payouts_to_a_stranger'],   'review'],
  ];
  for (const [name, verdict, reasons, counts] of COVERED) {
    test(`after a clearance ${verdict} counts as ${counts}: ${name} [R23]`, () => {
      expect(run([hookThatSays('risk', verdict, reasons, true)], given([SEEN])).verdict).toBe(
        counts,
      );
    });
  }

  test('a failure that the reviewer did not see is not cleared [R23]', () => {
    const broken: Hook = {
      ...hookThatSays('risk', 'allow', [], true),
      evaluate: () => {
        throw new Error('boom');
      },
    };
    expect(run([broken], given([SEEN])).verdict).toBe('review');
  });

  const anyHook = fc.record({
    verdict: fc.constantFrom(...VERDICTS),
    codes: fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 3 }),
    overrulable: fc.boolean(),
  });
  const anyDoubts = fc.array(
    fc.record({
      hook: fc.constantFrom('hook-0', 'hook-1', 'hook-2', 'hook-3'),
      verdict: fc.constantFrom(...VERDICTS),
      reasons: fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 3 }),
    }),
    { maxLength: 5 },
  );

  test('a clearance never changes the verdict of a hook over plain facts [R23]', () => {
    fc.assert(
      fc.property(fc.array(anyHook, { maxLength: 4 }), anyDoubts, (made, doubts) => {
        const hooks = made.map(({ verdict, codes, overrulable }, at) =>
          hookThatSays(`hook-${at}`, verdict, codes, overrulable),
        );
        const with_ = run(hooks, given(doubts));
        const without = run(hooks, facts());
        for (const [at, hook] of hooks.entries()) {
          if (hook.overrulable !== true) expect(with_.hooks[at]).toStrictEqual(without.hooks[at]);
          else if (with_.hooks[at]?.verdict !== without.hooks[at]?.verdict)
            expect(with_.hooks[at]?.verdict).toBe('allow');
        }
        if (made.some(({ verdict, overrulable }) => verdict === 'deny' && !overrulable))
          expect(with_.verdict).toBe('deny');
        // a clearance never makes a verdict stricter
        expect(VERDICTS.indexOf(with_.verdict)).toBeLessThanOrEqual(
          VERDICTS.indexOf(without.verdict),
        );
      }),
      { numRuns: 2000 },
    );
  });

  test('only hooks that score likelihood can be cleared, of those built in [R23]', () => {
    expect(HOOKS.filter(({ overrulable }) => overrulable).map(({ id }) => id)).toStrictEqual([
      'device',
      'address',
      'behaviour',
      'money',
    ]);
  });
});

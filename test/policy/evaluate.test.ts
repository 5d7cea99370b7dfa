import assert from 'node:assert/strict';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { REFUSAL_CODES, type RefusalCode } from '../../src/kernel/refusals.ts';
import { evaluate } from '../../src/policy/evaluate.ts';
import type { Facts } from '../../src/policy/facts.ts';
import type { Hook } from '../../src/policy/hook.ts';
import { HOOKS } from '../../src/policy/registry.ts';
import { VERDICTS, type Verdict } from '../../src/policy/verdict.ts';
import { anyFacts } from './any-facts.ts';
import { douyin, facts } from './douyin-facts.ts';

const hook = (id: string, evaluateFacts: Hook['evaluate'], needs: Hook['needs'] = []): Hook => ({
  id,
  version: 7,
  needs,
  evaluate: evaluateFacts,
});
const hookThatSays = (id: string, verdict: Verdict, refusal?: RefusalCode) =>
  hook(id, () => ({
    verdict,
    reasons: [refusal === undefined ? { code: id } : { code: id, refusal }],
  }));
const packOf = (hooks: readonly Hook[]) => ({ ...douyin, hooks: hooks.map(({ id }) => id) });
const run = (...hooks: readonly Hook[]) => evaluate(packOf(hooks), hooks, facts());

describe('evaluating a pack', () => {
  test('the strictest verdict counts, in any order and number of hooks [R22]', () => {
    const strictness: Record<Verdict, number> = { allow: 0, step_up: 1, review: 2, deny: 3 };
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...VERDICTS), { maxLength: 8 }), (verdicts) => {
        const decision = run(...verdicts.map((verdict, i) => hookThatSays(`hook-${i}`, verdict)));
        const strictest = Math.max(0, ...verdicts.map((verdict) => strictness[verdict]));
        expect(strictness[decision.verdict]).toBe(strictest);
        expect(decision.hooks.map((record) => record.verdict)).toStrictEqual(verdicts);
      }),
    );
  });

  test('the first denying reason gives the refusal; a private one gives risk [R22]', () => {
    fc.assert(
      fc.property(
        fc.array(fc.option(fc.constantFrom(...REFUSAL_CODES), { nil: undefined }), {
          minLength: 1,
          maxLength: 6,
        }),
        (codes) => {
          const decision = run(
            hookThatSays('mild', 'review', 'cooling_down'),
            ...codes.map((code, i) => hookThatSays(`hook-${i}`, 'deny', code)),
          );
          expect(decision.refusal).toBe(codes.find((code) => code !== undefined) ?? 'risk');
        },
      ),
    );
  });

  test('only a denial gives a refusal', () => {
    for (const verdict of ['allow', 'step_up', 'review'] as const)
      expect('refusal' in run(hookThatSays('a', verdict, 'risk'))).toBe(false);
  });

  test('the same facts give the same decision, and stay as they were [R22]', () => {
    fc.assert(
      fc.property(anyFacts, (given) => {
        const before = structuredClone(given);
        const decision = evaluate(douyin, HOOKS, given);
        expect(evaluate(douyin, HOOKS, structuredClone(given))).toStrictEqual(decision);
        expect(structuredClone(given)).toStrictEqual(before);
        // the caller’s object is unchanged
        expect(Object.isFrozen(given.accounts)).toBe(false);
      }),
      { numRuns: 1000 },
    );
  });

  test('nothing is allowed without a verified owner, a free slot and a free sub [R1, R2]', () => {
    fc.assert(
      fc.property(anyFacts, (given) => {
        if (evaluate(douyin, HOOKS, given).verdict !== 'allow') return;
        const { owners, counts, graph, accounts } = given;
        assert.ok(
          owners.primary?.verifiedAt &&
            owners.sub?.verifiedAt &&
            owners.primary.id === owners.sub.id,
        );
        expect(Math.max(counts.perPrimary, counts.perOwner)).toBeLessThan(10);
        expect(graph.subIsSubOf).toBe(null);
        expect(graph.primaryIsSubOf).toBe(null);
        expect(accounts.primary.status).toBe('normal');
        expect(accounts.sub.status).toBe('normal');
      }),
      { numRuns: 5000 },
    );
  });

  test('a decision survives JSON, and cannot be changed [R22]', () => {
    const decision = evaluate(douyin, HOOKS, facts());
    expect(JSON.parse(JSON.stringify(decision))).toStrictEqual(decision);
    expect(() => Object.assign(decision.hooks[0] ?? {}, { verdict: 'deny' })).toThrow(TypeError);
  });
});

describe('a hook that fails', () => {
  const broken: Record<string, () => unknown> = {
    throws: () => {
      throw new Error('boom');
    },
    'throws undefined': () => {
      throw undefined;
    },
    'gives no verdict': () => undefined,
    'gives a promise': async () => ({ verdict: 'allow', reasons: [] }),
    'gives an unknown verdict': () => ({ verdict: 'certainly', reasons: [] }),
    'gives no reasons': () => ({ verdict: 'allow' }),
    'gives reasons that cannot be stored': () => ({
      verdict: 'allow',
      reasons: [{ code: 'x', detail: { f: () => 1 } }],
    }),
  };
  for (const [name, act] of Object.entries(broken)) {
    test(`a hook that ${name} leads to review, and never allows [R22]`, () => {
      const decision = run(
        hookThatSays('before', 'allow'),
        hook('broken', act as Hook['evaluate']),
        hookThatSays('after', 'allow'),
      );
      expect(decision.verdict).toBe('review');
      expect(decision.hooks.map(({ reasons }) => reasons[0]?.code)).toStrictEqual([
        'before',
        'hook_failed',
        'after',
      ]);
    });
  }

  test('a hook that is not installed leads to review [R22]', () => {
    const decision = evaluate({ ...douyin, hooks: ['same-owner', 'weather'] }, HOOKS, facts());
    expect(decision.verdict).toBe('review');
    expect(decision.hooks[1]).toStrictEqual({
      id: 'weather',
      version: 0,
      verdict: 'review',
      reasons: [{ code: 'hook_missing' }],
    });
  });

  test('a failed hook does not soften a denial [R22]', () => {
    const decision = run(
      hook('broken', broken.throws as Hook['evaluate']),
      hookThatSays('strict', 'deny', 'limit_reached'),
    );
    expect(decision.refusal).toBe('limit_reached');
  });

  /** A hook that allows, runs `act`, and keeps the facts that it got. */
  function spy(act: (seen: Facts) => void, needs: Hook['needs']) {
    const saw: Partial<Facts> = {};
    const spying = hook(
      'spy',
      (seen) => {
        Object.assign(saw, seen);
        act(seen);
        return { verdict: 'allow', reasons: [] };
      },
      needs,
    );
    return { hook: spying, saw };
  }

  const overwrites: Record<string, (given: Facts) => void> = {
    'a member': (given) => Object.assign(given, { counts: { perPrimary: 0, perOwner: 0 } }),
    'a member’s member': (given) => Object.assign(given.counts, { perPrimary: 0 }),
    'a new member': (given) => Object.assign(given.accounts.sub, { note: 'fine' }),
  };
  for (const [name, overwrite] of Object.entries(overwrites)) {
    test(`a hook that overwrites ${name} fails, and the next sees the original facts [R22]`, () => {
      const given = facts({ counts: { perPrimary: 3, perOwner: 3 } });
      const { hook: forger } = spy((seen) => overwrite(seen), ['counts', 'accounts']);
      const decision = evaluate({ ...douyin, hooks: ['spy', 'limits'] }, [forger, ...HOOKS], given);
      expect(decision.hooks.map(({ verdict }) => verdict)).toStrictEqual(['review', 'deny']);
      expect(given).toStrictEqual(facts({ counts: { perPrimary: 3, perOwner: 3 } }));
    });
  }

  test('a hook that changes a date changes only its own copy', () => {
    const given = facts({ now: new Date('2026-11-22T08:00:00Z') });
    const mover = { ...spy((seen) => seen.now.setTime(0), ['now']).hook, id: 'mover' };
    const next = spy(() => {}, ['now']);
    evaluate(packOf([mover, next.hook]), [mover, next.hook], given);
    expect([given.now.toISOString(), next.saw.now?.toISOString()]).toStrictEqual([
      '2026-11-22T08:00:00.000Z',
      '2026-11-22T08:00:00.000Z',
    ]);
  });

  test('a hook sees only the facts that it needs [R22]', () => {
    const curious = spy(() => {}, ['graph', 'now']);
    run(curious.hook);
    expect(Object.keys(curious.saw)).toStrictEqual(['graph', 'now']);
  });
});

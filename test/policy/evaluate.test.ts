import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
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
  test('R22 the strictest verdict counts: deny over review over step-up over allow, in any order and number', () => {
    const strictness: Record<Verdict, number> = { allow: 0, step_up: 1, review: 2, deny: 3 };
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...VERDICTS), { maxLength: 8 }), (verdicts) => {
        const decision = run(...verdicts.map((verdict, i) => hookThatSays(`hook-${i}`, verdict)));
        const strictest = Math.max(0, ...verdicts.map((verdict) => strictness[verdict]));
        assert.equal(strictness[decision.verdict], strictest);
        assert.deepEqual(
          decision.hooks.map((record) => record.verdict),
          verdicts,
        );
      }),
    );
  });

  test('R22 the first denying reason in the pack’s order names the refusal; one without a public word is `risk`', () => {
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
          assert.equal(decision.refusal, codes.find((code) => code !== undefined) ?? 'risk');
        },
      ),
    );
  });

  test('only a denial names a refusal', () => {
    for (const verdict of ['allow', 'step_up', 'review'] as const)
      assert.equal('refusal' in run(hookThatSays('a', verdict, 'risk')), false);
  });

  test('R22 the same facts give the same decision, and stay as they were', () => {
    fc.assert(
      fc.property(anyFacts, (given) => {
        const before = structuredClone(given);
        const decision = evaluate(douyin, HOOKS, given);
        assert.deepEqual(evaluate(douyin, HOOKS, structuredClone(given)), decision);
        assert.deepEqual(structuredClone(given), before);
        assert.equal(
          Object.isFrozen(given.accounts),
          false,
          'the caller’s own object is left alone',
        );
      }),
      { numRuns: 1000 },
    );
  });

  test('R1 R2 nothing is ever allowed without one verified owner, a free slot and a free sub', () => {
    fc.assert(
      fc.property(anyFacts, (given) => {
        if (evaluate(douyin, HOOKS, given).verdict !== 'allow') return;
        const { owners, counts, graph, accounts } = given;
        assert.ok(
          owners.primary?.verifiedAt &&
            owners.sub?.verifiedAt &&
            owners.primary.id === owners.sub.id,
        );
        assert.ok(
          Math.max(counts.perPrimary, counts.perOwner) < 10 &&
            graph.subIsSubOf === null &&
            graph.primaryIsSubOf === null,
        );
        assert.ok(accounts.primary.status === 'normal' && accounts.sub.status === 'normal');
      }),
      { numRuns: 5000 },
    );
  });

  test('R22 a decision can be stored: it survives JSON, and nobody can change it', () => {
    const decision = evaluate(douyin, HOOKS, facts());
    assert.deepEqual(JSON.parse(JSON.stringify(decision)), decision);
    assert.throws(() => Object.assign(decision.hooks[0] ?? {}, { verdict: 'deny' }), TypeError);
  });
});

describe('a hook that misbehaves', () => {
  const broken: Record<string, () => unknown> = {
    throws: () => {
      throw new Error('boom');
    },
    'throws nothing in particular': () => {
      throw undefined;
    },
    'gives no verdict': () => undefined,
    'gives a promise': async () => ({ verdict: 'allow', reasons: [] }),
    'gives a verdict there is not': () => ({ verdict: 'certainly', reasons: [] }),
    'gives no reasons': () => ({ verdict: 'allow' }),
    'gives reasons that cannot be stored': () => ({
      verdict: 'allow',
      reasons: [{ code: 'x', detail: { f: () => 1 } }],
    }),
  };
  for (const [name, act] of Object.entries(broken)) {
    test(`R22 one that ${name} sends the request to a person and never allows`, () => {
      const decision = run(
        hookThatSays('before', 'allow'),
        hook('broken', act as Hook['evaluate']),
        hookThatSays('after', 'allow'),
      );
      assert.equal(decision.verdict, 'review');
      assert.deepEqual(
        decision.hooks.map(({ reasons }) => reasons[0]?.code),
        ['before', 'hook_failed', 'after'],
      );
    });
  }

  test('R22 one that the pack names and nobody brought sends the request to a person', () => {
    const decision = evaluate({ ...douyin, hooks: ['same-owner', 'weather'] }, HOOKS, facts());
    assert.equal(decision.verdict, 'review');
    assert.deepEqual(decision.hooks[1], {
      id: 'weather',
      version: 0,
      verdict: 'review',
      reasons: [{ code: 'hook_missing' }],
    });
  });

  test('R22 a failure does not soften a denial', () => {
    const decision = run(
      hook('broken', broken.throws as Hook['evaluate']),
      hookThatSays('strict', 'deny', 'limit_reached'),
    );
    assert.equal(decision.refusal, 'limit_reached');
  });

  /** A hook that allows, does `act` on the way, and keeps what it was shown. */
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
    test(`R22 one that overwrites ${name} of the facts fails, and the next hook sees them whole`, () => {
      const given = facts({ counts: { perPrimary: 3, perOwner: 3 } });
      const { hook: forger } = spy((seen) => overwrite(seen), ['counts', 'accounts']);
      const decision = evaluate({ ...douyin, hooks: ['spy', 'limits'] }, [forger, ...HOOKS], given);
      assert.deepEqual(
        decision.hooks.map(({ verdict }) => verdict),
        ['review', 'deny'],
      );
      assert.deepEqual(given, facts({ counts: { perPrimary: 3, perOwner: 3 } }));
    });
  }

  test('R22 one that moves a date moves only its own copy', () => {
    const given = facts({ now: new Date('2026-11-22T08:00:00Z') });
    const mover = { ...spy((seen) => seen.now.setTime(0), ['now']).hook, id: 'mover' };
    const next = spy(() => {}, ['now']);
    evaluate(packOf([mover, next.hook]), [mover, next.hook], given);
    assert.deepEqual(
      [given.now.toISOString(), next.saw.now?.toISOString()],
      ['2026-11-22T08:00:00.000Z', '2026-11-22T08:00:00.000Z'],
    );
  });

  test('R22 one sees only the facts that it said it needs', () => {
    const curious = spy(() => {}, ['graph', 'now']);
    run(curious.hook);
    assert.deepEqual(Object.keys(curious.saw), ['graph', 'now']);
  });
});

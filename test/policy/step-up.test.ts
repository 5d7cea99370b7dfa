import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { evaluate } from '../../src/policy/evaluate.ts';
import type { Hook, Reason } from '../../src/policy/hook.ts';
import { HOOKS } from '../../src/policy/registry.ts';
import {
  type Asked,
  askedBy,
  askedIn,
  isNothing,
  NO_PROOFS,
  NOTHING_ASKED,
  type Proofs,
  readProofs,
  stillAsked,
  withProof,
} from '../../src/policy/step-up.ts';
import type { Verdict } from '../../src/policy/verdict.ts';
import { anyFacts, anyProof } from './any-facts.ts';
import { douyin, facts, NOW } from './douyin-facts.ts';

const side = (name: 'initiator' | 'counterparty', means?: 'identity_check'): Reason => ({
  code: 'odd',
  detail: { side: name, ...(means && { means }) },
});
const nobody: Reason = { code: 'odd' };
const code = { by: 'totp', at: NOW } as const;
const key = { by: 'passkey', at: NOW } as const;
const face = { by: 'identity_check', at: NOW } as const;

const hook = (id: string, verdict: Verdict, ...reasons: readonly Reason[]): Hook => ({
  id,
  version: 1,
  needs: [],
  evaluate: () => ({ verdict, reasons }),
});
const decide = (proofs: Proofs, ...hooks: readonly Hook[]) =>
  evaluate({ ...douyin, hooks: hooks.map(({ id }) => id) }, hooks, facts({ proofs }));

describe('what a step_up asks for', () => {
  // biome-ignore format: a table is read by its columns
  const TABLE: readonly (readonly [string, readonly Reason[], Asked])[] = [
    ['nobody named: either will do',      [nobody],                                          { initiator: null,  counterparty: null,  either: 'any' }],
    ['no reason at all: either will do',  [],                                                { initiator: null,  counterparty: null,  either: 'any' }],
    ['the initiator',                       [side('initiator'), nobody],                         { initiator: 'any', counterparty: null,  either: null }],
    ['the other side',                    [side('counterparty')],                                   { initiator: null,  counterparty: 'any', either: null }],
    ['both named: both',                  [side('counterparty'), side('initiator')],                  { initiator: 'any', counterparty: 'any', either: null }],
    ['a face, of one',                    [side('counterparty', 'identity_check'), side('initiator')], { initiator: 'any', counterparty: 'identity_check', either: null }],
    ['a face, of whoever is named',       [side('initiator'), { code: 'odd', detail: { means: 'identity_check' } }], { initiator: 'identity_check', counterparty: null, either: null }],
    ['a face, of either',                 [{ code: 'odd', detail: { means: 'identity_check' } }], { initiator: null, counterparty: null, either: 'identity_check' }],
    ['nonsense names nobody',             [{ code: 'odd', detail: { side: 'both', means: 7 } }], { initiator: null, counterparty: null, either: 'any' }],
  ];
  for (const [name, reasons, asked] of TABLE)
    test(`R22 ${name}`, () => assert.deepEqual(askedBy(reasons), asked));

  // biome-ignore format: a table is read by its columns
  const ENOUGH: readonly (readonly [Asked, Proofs, boolean])[] = [
    [askedBy([nobody]),                        { initiator: code, counterparty: null }, true],
    [askedBy([nobody]),                        { initiator: null, counterparty: key },  true],
    [askedBy([nobody]),                        NO_PROOFS,                      false],
    [askedBy([side('initiator')]),               { initiator: null, counterparty: face }, false],
    [askedBy([side('initiator')]),               { initiator: key,  counterparty: null }, true],
    [askedBy([side('initiator'), side('counterparty')]), { initiator: key, counterparty: null }, false],
    [askedBy([side('initiator'), side('counterparty')]), { initiator: key, counterparty: code }, true],
    [askedBy([side('counterparty', 'identity_check')]), { initiator: face, counterparty: key }, false],
    [askedBy([side('counterparty', 'identity_check')]), { initiator: null, counterparty: face }, true],
  ];
  for (const [asked, proofs, enough] of ENOUGH) {
    test(`R22 ${JSON.stringify(asked)} by ${proofs.initiator?.by} and ${proofs.counterparty?.by}: ${enough ? 'enough' : 'not enough'}`, () => {
      assert.equal(isNothing(stillAsked(asked, proofs)), enough);
    });
  }

  test('R22 what several hooks ask for is asked together, the strictest of each side', () => {
    const hooks = [
      { verdict: 'step_up', reasons: [side('initiator')] },
      { verdict: 'step_up', reasons: [side('initiator', 'identity_check')] },
      { verdict: 'step_up', reasons: [nobody] },
      { verdict: 'allow', reasons: [side('counterparty')] },
    ] as const;
    assert.deepEqual(askedIn(hooks, NO_PROOFS), {
      initiator: 'identity_check',
      counterparty: null,
      either: 'any',
    });
    assert.deepEqual(askedIn(hooks, { initiator: face, counterparty: null }), NOTHING_ASKED);
  });
});

describe('evaluating with proofs', () => {
  test('R22 a step_up counts as allow once its proofs are there, and the decision says what was said and proved', () => {
    const proofs = { initiator: key, counterparty: null };
    const decision = decide(proofs, hook('a', 'step_up', side('initiator')), hook('b', 'allow'));
    assert.equal(decision.verdict, 'allow');
    assert.deepEqual(decision.hooks[0]?.proved, {
      said: 'step_up',
      by: { initiator: 'passkey', counterparty: null },
    });
    assert.equal(decision.hooks[1]?.proved, undefined);
    assert.equal(
      decide({ initiator: null, counterparty: key }, hook('a', 'step_up', side('initiator')))
        .verdict,
      'step_up',
    );
  });

  const proofsOf = fc.record({ initiator: anyProof(), counterparty: anyProof() });
  const STRICTER: Record<Verdict, number> = { allow: 0, step_up: 1, review: 2, deny: 3 };

  test('R22 R23 whatever is proved, a review stays a review and a denial the same denial; a step_up becomes an allow or stays', () => {
    fc.assert(
      fc.property(anyFacts, proofsOf, (given, proofs) => {
        const without = evaluate(douyin, HOOKS, { ...given, proofs: NO_PROOFS });
        const proved = evaluate(douyin, HOOKS, { ...given, proofs });
        if (without.verdict === 'review' || without.verdict === 'deny') {
          assert.deepEqual([proved.verdict, proved.refusal], [without.verdict, without.refusal]);
        }
        assert.ok(STRICTER[proved.verdict] <= STRICTER[without.verdict]);
        for (const [at, record] of proved.hooks.entries()) {
          const before = without.hooks[at];
          assert.deepEqual(record.reasons, before?.reasons);
          if (before?.verdict !== 'step_up') assert.deepEqual(record, before);
          else assert.equal(record.verdict, record.proved ? 'allow' : 'step_up');
        }
      }),
      { numRuns: 2000 },
    );
  });

  const anyReason = fc.record({
    code: fc.constant('odd'),
    detail: fc.record(
      {
        side: fc.constantFrom('initiator', 'counterparty', 'both'),
        means: fc.constantFrom('identity_check', 'any'),
      },
      { requiredKeys: [] },
    ),
  });

  test('R22 more proofs never ask for more, and with both faces nothing is left to ask', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(anyReason), { maxLength: 5 }),
        proofsOf,
        anyProof(),
        (said, proofs, another) => {
          const hooks = said.map((reasons) => ({ verdict: 'step_up' as const, reasons }));
          const before = askedIn(hooks, proofs);
          const after = askedIn(
            hooks,
            another === null ? proofs : withProof(proofs, 'initiator', another),
          );
          const rank = { any: 1, identity_check: 2 } as const;
          for (const part of ['counterparty', 'either'] as const) {
            assert.ok(
              (after[part] === null ? 0 : rank[after[part]]) <=
                (before[part] === null ? 0 : rank[before[part]]),
            );
          }
          assert.ok(isNothing(askedIn(hooks, { initiator: face, counterparty: face })));
        },
      ),
      { numRuns: 2000 },
    );
  });

  test('R22 an operator’s hook is answered by a proof as ours are, and proofs survive JSON', () => {
    const proofs = { initiator: null, counterparty: face };
    assert.equal(
      decide(proofs, hook('operators-own', 'step_up', side('counterparty', 'identity_check')))
        .verdict,
      'allow',
    );
    assert.deepEqual(readProofs(JSON.parse(JSON.stringify(proofs))), proofs);
    assert.deepEqual(readProofs(null), NO_PROOFS);
  });
});

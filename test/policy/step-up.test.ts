import { describe, expect, test } from '@jest/globals';
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

describe('the proofs that a step_up asks for', () => {
  // biome-ignore format: a table is read by its columns
  const TABLE: readonly (readonly [string, readonly Reason[], Asked])[] = [
    ['without a side asks either side',                 [nobody],                                          { initiator: null,  counterparty: null,  either: 'any' }],
    ['without a reason asks either side',               [],                                                { initiator: null,  counterparty: null,  either: 'any' }],
    ['of the initiator asks only the initiator',        [side('initiator'), nobody],                         { initiator: 'any', counterparty: null,  either: null }],
    ['of the counterparty asks only the counterparty',  [side('counterparty')],                                   { initiator: null,  counterparty: 'any', either: null }],
    ['of both sides asks both sides',                   [side('counterparty'), side('initiator')],                  { initiator: 'any', counterparty: 'any', either: null }],
    ['of two sides asks one of them for the face',      [side('counterparty', 'identity_check'), side('initiator')], { initiator: 'any', counterparty: 'identity_check', either: null }],
    ['with a face asks the named side for it',          [side('initiator'), { code: 'odd', detail: { means: 'identity_check' } }], { initiator: 'identity_check', counterparty: null, either: null }],
    ['with a face and no side asks either side for it', [{ code: 'odd', detail: { means: 'identity_check' } }], { initiator: null, counterparty: null, either: 'identity_check' }],
    ['with nonsense asks either side',                  [{ code: 'odd', detail: { side: 'both', means: 7 } }], { initiator: null, counterparty: null, either: 'any' }],
  ];
  for (const [name, reasons, asked] of TABLE)
    test(`a step_up ${name} [R22]`, () => expect(askedBy(reasons)).toStrictEqual(asked));

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
    test(`asking ${JSON.stringify(asked)}, ${proofs.initiator?.by} and ${proofs.counterparty?.by} are ${enough ? 'enough' : 'not enough'} [R22]`, () => {
      expect(isNothing(stillAsked(asked, proofs))).toBe(enough);
    });
  }

  test('the demands of several hooks add up to the strictest for each side [R22]', () => {
    const hooks = [
      { verdict: 'step_up', reasons: [side('initiator')] },
      { verdict: 'step_up', reasons: [side('initiator', 'identity_check')] },
      { verdict: 'step_up', reasons: [nobody] },
      { verdict: 'allow', reasons: [side('counterparty')] },
    ] as const;
    expect(askedIn(hooks, NO_PROOFS)).toStrictEqual({
      initiator: 'identity_check',
      counterparty: null,
      either: 'any',
    });
    expect(askedIn(hooks, { initiator: face, counterparty: null })).toStrictEqual(NOTHING_ASKED);
  });
});

describe('a policy evaluation with proofs', () => {
  test('a step_up counts as allow once proved, and the decision records both [R22]', () => {
    const proofs = { initiator: key, counterparty: null };
    const decision = decide(proofs, hook('a', 'step_up', side('initiator')), hook('b', 'allow'));
    expect(decision.verdict).toBe('allow');
    expect(decision.hooks[0]?.proved).toStrictEqual({
      said: 'step_up',
      by: { initiator: 'passkey', counterparty: null },
    });
    expect(decision.hooks[1]?.proved).toBe(undefined);
    expect(
      decide({ initiator: null, counterparty: key }, hook('a', 'step_up', side('initiator')))
        .verdict,
    ).toBe('step_up');
  });

  const proofsOf = fc.record({ initiator: anyProof(), counterparty: anyProof() });
  const STRICTER: Record<Verdict, number> = { allow: 0, step_up: 1, review: 2, deny: 3 };

  test('no proof changes a review or a denial; a step_up may become an allow [R22, R23]', () => {
    fc.assert(
      fc.property(anyFacts, proofsOf, (given, proofs) => {
        const without = evaluate(douyin, HOOKS, { ...given, proofs: NO_PROOFS });
        const proved = evaluate(douyin, HOOKS, { ...given, proofs });
        if (without.verdict === 'review' || without.verdict === 'deny') {
          expect([proved.verdict, proved.refusal]).toStrictEqual([
            without.verdict,
            without.refusal,
          ]);
        }
        expect(STRICTER[proved.verdict]).toBeLessThanOrEqual(STRICTER[without.verdict]);
        for (const [at, record] of proved.hooks.entries()) {
          const before = without.hooks[at];
          expect(record.reasons).toStrictEqual(before?.reasons);
          if (before?.verdict !== 'step_up') expect(record).toStrictEqual(before);
          else expect(record.verdict).toBe(record.proved ? 'allow' : 'step_up');
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

  test('more proofs never ask for more, and two faces answer everything [R22]', () => {
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
            expect(after[part] === null ? 0 : rank[after[part]]).toBeLessThanOrEqual(
              before[part] === null ? 0 : rank[before[part]],
            );
          }
          expect(isNothing(askedIn(hooks, { initiator: face, counterparty: face }))).toBe(true);
        },
      ),
      { numRuns: 2000 },
    );
  });

  test('proofs answer an operator’s hook too, and survive JSON [R22]', () => {
    const proofs = { initiator: null, counterparty: face };
    expect(
      decide(proofs, hook('operators-own', 'step_up', side('counterparty', 'identity_check')))
        .verdict,
    ).toBe('allow');
    expect(readProofs(JSON.parse(JSON.stringify(proofs)))).toStrictEqual(proofs);
    expect(readProofs(null)).toStrictEqual(NO_PROOFS);
  });
});

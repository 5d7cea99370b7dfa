import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  effectivePermissions,
  type Holder,
  inheritedPermissions,
} from '../../src/permissions/permissions.ts';
import { evaluate } from '../../src/policy/evaluate.ts';
import type { Facts } from '../../src/policy/facts.ts';
import { type Pack, parsePack } from '../../src/policy/pack.ts';
import { HOOKS } from '../../src/policy/registry.ts';
import { anyFacts } from './any-facts.ts';
import { account, facts, NOW, owner } from './douyin-facts.ts';

const FAR = new Date(NOW.getTime() + 10 * 365 * 86_400_000);
const hookIds = HOOKS.map(({ id }) => id);

/** What holds for every pack, Bindery's own and an operator's: the rules that no figure in a pack moves. */
export function packSuite(pack: Pack): void {
  const names = (tier: 'basic' | 'advanced' | 'core') =>
    pack.permissions[tier].map(({ name }) => name);
  const grades = pack.grades?.length ?? 0;
  const atGrade = (grade: number): Holder => ({
    state: 'active',
    since: NOW,
    gained: {},
    reached:
      grades === 0
        ? null
        : Array.from({ length: grade }, (_, at) => new Date(NOW.getTime() + at * 1000)),
  });
  const everyHolder = Array.from({ length: Math.max(1, grades) }, (_, at) => atGrade(at + 1));
  const may = (holder: Holder, now = FAR) =>
    effectivePermissions(pack, holder, now).map(({ name }) => name);
  const decide = (given: Facts) => evaluate(pack, HOOKS, given);

  describe(`the pack ${pack.id}, as every pack`, () => {
    test('R38 R41 is read back as it was written', () => {
      const read = parsePack(JSON.parse(JSON.stringify(pack)), hookIds);
      assert.deepEqual(read.ok && read.value, pack);
    });

    test('R1 allows two free accounts of one verified owner, and nothing without', () => {
      assert.equal(decide(facts()).verdict, 'allow');
      fc.assert(
        fc.property(anyFacts, (given) => {
          const { verdict } = decide(given);
          const { owners, accounts, graph } = given;
          if (verdict === 'deny') return;
          assert.ok(
            owners.primary?.verifiedAt &&
              owners.sub?.verifiedAt &&
              owners.primary.id === owners.sub.id,
          );
          assert.ok(
            accounts.primary.qualification === 'verified' &&
              accounts.sub.qualification === 'verified',
          );
          assert.ok(accounts.primary.status === 'normal' && accounts.sub.status === 'normal');
          assert.ok(
            graph.subIsSubOf === null &&
              graph.primaryIsSubOf === null &&
              graph.subIsPrimaryOf === 0,
          );
        }),
        { numRuns: 2000 },
      );
      assert.equal(
        decide(facts({ owners: { ...facts().owners, sub: owner('own_zhao') } })).refusal,
        'different_owner',
      );
    });

    test('R2 R39 refuses exactly when either count has reached its limit, and a limit of null is none', () => {
      const kinds = fc.constantFrom(
        'personal' as const,
        'enterprise' as const,
        'special_industry' as const,
      );
      fc.assert(
        fc.property(kinds, fc.nat(40), fc.nat(40), (kind, perPrimary, perOwner) => {
          const primary = account('acc_primary', { kind, hasAdministrator: true });
          const decision = decide(
            facts({ accounts: { ...facts().accounts, primary }, counts: { perPrimary, perOwner } }),
          );
          const limit = pack.limits[kind];
          const full = limit !== null && Math.max(perPrimary, perOwner) >= limit;
          assert.equal(decision.refusal ?? decision.verdict, full ? 'limit_reached' : 'allow');
        }),
        { numRuns: 2000 },
      );
    });

    test('R16 R20 brings at once what people are shown beforehand, and before it is bound nothing', () => {
      const [lowest] = everyHolder;
      assert.ok(lowest);
      assert.deepEqual(may(lowest, NOW), inheritedPermissions(pack));
      assert.deepEqual(may(lowest, new Date(NOW.getTime() - 1)), []);
      for (const name of names('basic')) assert.ok(may(lowest, NOW).includes(name));
    });

    test('R18 lets nobody withdraw income or appeal through a binding, at any grade, however long it lasts', () => {
      for (const holder of everyHolder) {
        for (const name of [...names('core'), 'withdraw_income', 'account_appeal'])
          assert.ok(!may(holder).includes(name as never), name);
      }
    });

    test('R17 R40 gives advanced permissions by grade alone, each grade more than the one below, each once', () => {
      let below: readonly string[] = names('basic');
      for (const holder of everyHolder) {
        const here = may(holder);
        assert.deepEqual(here.slice(0, below.length), below);
        assert.equal(new Set(here).size, here.length);
        below = here;
      }
      if (grades === 0) assert.deepEqual(below, names('basic'));
      else
        for (const name of below.slice(names('basic').length))
          assert.ok(names('advanced').includes(name as never), name);
    });

    for (const state of ['suspended', 'history', 'purged'] as const) {
      test(`R26 R28 a binding that is ${state} lets nobody do anything`, () =>
        assert.deepEqual(may({ state }), []));
    }

    test('R22 the same facts give the same decision, which can be stored and names pack and version', () => {
      fc.assert(
        fc.property(anyFacts, (given) => {
          const decision = decide(given);
          assert.deepEqual(decide(structuredClone(given)), decision);
          assert.deepEqual(JSON.parse(JSON.stringify(decision)), decision);
          assert.deepEqual([decision.pack, decision.packVersion], [pack.id, pack.version]);
          assert.equal(decision.hooks.length, pack.hooks.length);
        }),
        { numRuns: 1000 },
      );
    });

    test('R22 without its hooks it allows nothing', () => {
      assert.equal(evaluate(pack, [], facts()).verdict, 'review');
    });
  });
}

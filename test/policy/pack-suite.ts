import assert from 'node:assert/strict';
import { describe, expect, test } from '@jest/globals';
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

/** Rules for every pack, Bindery's own or an operator's, which no figure of a pack changes. */
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

  describe(`the pack ${pack.id}, like every pack`, () => {
    test('a pack is read back as it was written [R41]', () => {
      const read = parsePack(JSON.parse(JSON.stringify(pack)), hookIds);
      expect(read.ok && read.value).toStrictEqual(pack);
    });

    test('allows two free accounts of one verified owner, and nobody else [R1]', () => {
      expect(decide(facts()).verdict).toBe('allow');
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
          expect(accounts.primary.qualification).toBe('verified');
          expect(accounts.sub.qualification).toBe('verified');
          expect(accounts.primary.status).toBe('normal');
          expect(accounts.sub.status).toBe('normal');
          expect(graph.subIsSubOf).toBe(null);
          expect(graph.primaryIsSubOf).toBe(null);
          expect(graph.subIsPrimaryOf).toBe(0);
        }),
        { numRuns: 2000 },
      );
      expect(decide(facts({ owners: { ...facts().owners, sub: owner('own_zhao') } })).refusal).toBe(
        'different_owner',
      );
    });

    test('refuses exactly at its limit; a limit of null never refuses [R2, R39]', () => {
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
          expect(decision.refusal ?? decision.verdict).toBe(full ? 'limit_reached' : 'allow');
        }),
        { numRuns: 2000 },
      );
    });

    test('gives the permissions shown beforehand, and none before the binding [R16, R20]', () => {
      const [lowest] = everyHolder;
      assert.ok(lowest);
      expect(may(lowest, NOW)).toStrictEqual(inheritedPermissions(pack));
      expect(may(lowest, new Date(NOW.getTime() - 1))).toStrictEqual([]);
      for (const name of names('basic')) assert.ok(may(lowest, NOW).includes(name));
    });

    test('gives no income or appeals through a binding, at any grade or time [R18]', () => {
      for (const holder of everyHolder) {
        for (const name of [...names('core'), 'withdraw_income', 'account_appeal'])
          expect([name, !may(holder).includes(name as never)]).toStrictEqual([name, true]);
      }
    });

    test('gives advanced permissions by grade alone, more at each grade, each once', () => {
      let below: readonly string[] = names('basic');
      for (const holder of everyHolder) {
        const here = may(holder);
        expect(here.slice(0, below.length)).toStrictEqual(below);
        expect(new Set(here).size).toBe(here.length);
        below = here;
      }
      if (grades === 0) expect(below).toStrictEqual(names('basic'));
      else
        for (const name of below.slice(names('basic').length))
          expect([name, names('advanced').includes(name as never)]).toStrictEqual([name, true]);
    });

    for (const state of ['suspended', 'history', 'purged'] as const) {
      test(`gives nothing to a binding that is ${state} [R26, R28]`, () =>
        expect(may({ state })).toStrictEqual([]));
    }

    test('decides the same for the same facts, and names pack and version [R22]', () => {
      fc.assert(
        fc.property(anyFacts, (given) => {
          const decision = decide(given);
          expect(decide(structuredClone(given))).toStrictEqual(decision);
          expect(JSON.parse(JSON.stringify(decision))).toStrictEqual(decision);
          expect([decision.pack, decision.packVersion]).toStrictEqual([pack.id, pack.version]);
          expect(decision.hooks.length).toBe(pack.hooks.length);
        }),
        { numRuns: 1000 },
      );
    });

    test('allows nothing without its hooks', () => {
      expect(evaluate(pack, [], facts()).verdict).toBe('review');
    });
  });
}

import assert from 'node:assert/strict';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { NO_PROOFS } from '../../src/policy/step-up.ts';
import { Sets } from '../../src/risk/clusters.ts';
import { hourShare, irregularity, learn } from '../../src/risk/habit.ts';
import type {
  Contact,
  Flow,
  Habit,
  Neighbourhood,
  Observation,
  ObservedSide,
} from '../../src/risk/observation.ts';
import { signalFactsOf } from '../../src/risk/signal-facts.ts';
import { contradictionsIn, similarity, TRAITS } from '../../src/risk/traits.ts';

const NOW = new Date('2026-11-22T12:00:00Z');
const daysAgo = (days: number): Date => new Date(NOW.getTime() - days * 86_400_000);
const looks = fc.array(fc.integer({ min: 0, max: 3 }), {
  minLength: TRAITS.length,
  maxLength: TRAITS.length,
});

describe('the resemblance of two devices', () => {
  test('resemblance is 0 to 1, symmetric, and 1 for equal devices [R21]', () => {
    fc.assert(
      fc.property(looks, looks, (a, b) => {
        const score = similarity(a, b);
        expect(score).toBe(similarity(b, a));
        if (score !== null) expect(score >= 0 && score <= 1).toBe(true);
        const self = similarity(a, a);
        expect(self === null || self === 1).toBe(true);
      }),
    );
  });

  test('hidden traits do not count; two devices that hide all are not alike [R21]', () => {
    expect(similarity([], [])).toBe(null);
    expect(similarity([1, 2, 3], [0, 0, 0])).toBe(null);
    expect(similarity([1, 0, 3, 0, 5], [1, 9, 3, 9, 5])).toBe(1);
  });

  test('a changed trait lowers the resemblance by its weight, never to zero [R21]', () => {
    const own = TRAITS.map((_, at) => at + 1);
    for (const at of TRAITS.keys()) {
      const score = similarity(own, own.with(at, 99)) ?? 0;
      expect([`${TRAITS[at]?.name}: ${score}`, score > 0.75 && score < 1]).toStrictEqual([
        `${TRAITS[at]?.name}: ${score}`,
        true,
      ]);
    }
  });

  // biome-ignore format: a table is read by its columns
  const CLAIMS: readonly (readonly [string, Parameters<typeof contradictionsIn>[0], number])[] = [
    ['a real phone',                          { system: 'Android', hintedSystem: 'Android', hintedMobile: true, touchPoints: 5, scriptedSystem: undefined }, 0],
    ['a browser without hints',               { system: undefined, hintedSystem: 'Windows', hintedMobile: true, touchPoints: 0, scriptedSystem: 'Windows' }, 0],
    ['a phone’s name with a desktop’s hints', { system: 'iOS', hintedSystem: 'Windows', hintedMobile: false, touchPoints: 5, scriptedSystem: undefined }, 1],
    ['a phone without touch, on Windows',     { system: 'iOS', hintedSystem: 'Windows', hintedMobile: false, touchPoints: 0, scriptedSystem: 'Windows' }, 3],
    ['a desktop page on a phone',             { system: 'Windows', hintedSystem: undefined, hintedMobile: true, touchPoints: 5, scriptedSystem: undefined }, 1],
  ];
  for (const [what, claims, times] of CLAIMS)
    test(`${what} contradicts itself ${times} times [R21]`, () =>
      expect(contradictionsIn(claims)).toBe(times));
});

describe('an account’s own history', () => {
  const visit = (habit: Habit | undefined, hours: readonly number[]) =>
    hours.reduce<Habit | undefined>(
      (known, hour) => learn(known, new Date(Date.UTC(2026, 9, 1) + hour * 3_600_000)),
      habit,
    );
  // 20 to 22 o'clock in China
  const evenings = Array.from({ length: 40 }, (_, day) => day * 24 + 12 + (day % 3));

  test('a usual hour has a large share, and an unusual hour has none [R21]', () => {
    const habit = visit(undefined, evenings);
    assert.ok(habit);
    expect(hourShare(habit, new Date('2026-11-20T13:00:00Z')) ?? 0).toBeGreaterThan(0.9);
    expect(hourShare(habit, new Date('2026-11-20T20:00:00Z'))).toBe(0);
  });

  test('history gives no signal with too few visits [R21]', () => {
    const habit = visit(undefined, evenings.slice(0, 6));
    assert.ok(habit);
    expect([hourShare(habit, NOW), irregularity(habit)]).toStrictEqual([null, null]);
  });

  test('visits by a timetable are regular, and those of people are not [R21]', () => {
    const clockwork = visit(
      undefined,
      Array.from({ length: 30 }, (_, at) => at * 6),
    );
    assert.ok(clockwork && (irregularity(clockwork) ?? 1) < 0.01);
    const person = visit(
      undefined,
      evenings.flatMap((hour, at) => [hour, hour + 1 + (at % 5)]),
    );
    assert.ok(person && (irregularity(person) ?? 0) > 0.5);
  });

  test('shares stay between 0 and 1, and a clock that goes back adds nothing [R21]', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 20_000 }), { maxLength: 60 }),
        fc.nat(20_000),
        (hours, at) => {
          const habit = visit(undefined, hours);
          if (!habit) return;
          const share = hourShare(habit, new Date(Date.UTC(2026, 9, 1) + at * 3_600_000));
          expect(share === null || (share >= 0 && share <= 1)).toBe(true);
          expect(learn(habit, new Date(habit.hourAt.getTime() - 1))).toStrictEqual(habit);
        },
      ),
    );
  });
});

describe('clusters of owners', () => {
  test('sets joined in any order give the same groups [R21]', () => {
    const name = fc.constantFrom(...'abcdefgh');
    fc.assert(
      fc.property(fc.array(fc.tuple(name, name), { maxLength: 12 }), (pairs) => {
        const [forth, back] = [new Sets(), new Sets()];
        for (const [a, b] of pairs) forth.join(a, b);
        for (const [a, b] of pairs.toReversed()) back.join(b, a);
        for (const a of 'abcdefgh')
          for (const b of 'abcdefgh')
            expect(forth.find(a) === forth.find(b)).toBe(back.find(a) === back.find(b));
      }),
    );
  });

  const side = (owner: string): ObservedSide => ({
    owner,
    device: 'd1',
    network: 'n1',
    traits: [],
    contradictions: 0,
    local: false,
  });
  const observation = (owner: string, device: string, network: string, days = 9): Observation => ({
    owner,
    device,
    network,
    traits: [],
    firstAt: daysAgo(days),
    lastAt: NOW,
  });
  const nodesOf = ({ owner, device, network, firstAt }: Observation): readonly Contact[] => [
    { owner, kind: 'device', id: device, firstAt },
    { owner, kind: 'network', id: network, firstAt },
  ];
  const around = (
    near: readonly Observation[],
    changes: Partial<Neighbourhood> = {},
  ): Neighbourhood => {
    const own = [observation('me', 'd1', 'n1')];
    const seen = [...own, ...near];
    const nodes = (['device', 'network'] as const).flatMap((kind) =>
      [...Map.groupBy(seen, (each) => each[kind])].map(([id, rows]) => ({
        kind,
        id,
        owners: [...new Set(rows.map(({ owner }) => owner))],
      })),
    );
    return {
      now: NOW,
      initiator: side('me'),
      counterparty: side('me'),
      own,
      sameDevices: own,
      near: near.flatMap(nodesOf),
      nodes,
      attempts: [],
      attemptingAt: {},
      habits: [],
      flows: [],
      refusedOwners: [],
      ...changes,
    };
  };
  const signals = (neighbourhood: Neighbourhood) =>
    signalFactsOf(neighbourhood, {
      rehearsals: true,
      wrongCodes: 0,
      secondsToComplete: 60,
      proofs: NO_PROOFS,
    });

  // biome-ignore format: a table is read by its columns
  const NEAR: readonly (readonly [string, readonly Observation[], number, number])[] = [
    ['nobody',                                    [],                                                                    1, 0],
    ['a neighbour who goes out',                  [observation('a', 'd2', 'n1'), observation('a', 'd2', 'n2')],                 1, 0],
    ['one who was seen only here',                [observation('a', 'd2', 'n1')],                                           2, 1],
    ['one who came an hour ago',                  [observation('a', 'd2', 'n1', 0.04), observation('a', 'd2', 'n2', 0.04)],    2, 1],
    ['one who shares the device and has another', [observation('a', 'd1', 'n1'), observation('a', 'd2', 'n2')],                 2, 0],
    ['one who shares the device and has none',    [observation('a', 'd1', 'n1')],                                           2, 1],
    ['a chain of devices',                        [observation('a', 'd1', 'n2'), observation('a', 'd2', 'n2'), observation('b', 'd2', 'n3')], 3, 0],
  ];
  for (const [what, near, owners, exclusiveMembers] of NEAR) {
    test(`the cluster of ${what} has ${owners} owners, ${exclusiveMembers} of them exclusive [R21]`, () => {
      const { cluster } = signals(around(near));
      expect([cluster.owners, cluster.exclusiveMembers]).toStrictEqual([owners, exclusiveMembers]);
    });
  }

  test('a rehearsal needs the demo, this machine and both sides [R21]', () => {
    expect(signals(around([])).rehearsal).toBe(false);
    const local = { ...side('me'), local: true };
    expect(signals(around([], { initiator: local, counterparty: local })).rehearsal).toBe(true);
    expect(
      signalFactsOf(around([], { initiator: local, counterparty: local }), {
        rehearsals: false,
        wrongCodes: 0,
        secondsToComplete: 1,
        proofs: NO_PROOFS,
      }).rehearsal,
    ).toBe(false);
  });

  const flow = (
    owner: string,
    direction: Flow['direction'],
    party: string,
    cents = 100,
    days = 3,
  ): Flow => ({
    owner,
    direction,
    party,
    cents,
    firstAt: daysAgo(days),
    lastAt: daysAgo(days),
  });
  // biome-ignore format: a table is read by its columns
  const MONEY: readonly (readonly [string, readonly Flow[], number, number | null])[] = [
    ['nothing paid',               [],                                                                                                1, null],
    ['one’s own account',          [flow('me', 'out', 'X'), flow('me', 'in', 'X')],                                                   1, null],
    ['a couple’s account',         [flow('me', 'out', 'X'), flow('you', 'out', 'X')],                                                 2, null],
    ['a brand that pays both',     [flow('me', 'in', 'B'), flow('you', 'in', 'B'), flow('me', 'out', 'X'), flow('you', 'out', 'Y')],   1, null],
    ['money there and back',       [flow('me', 'out', 'X'), flow('you', 'in', 'X'), flow('you', 'out', 'Y'), flow('me', 'in', 'Y')],   1, 2],
    ['there and back, long ago',   [flow('me', 'out', 'X', 1, 40), flow('you', 'in', 'X', 1, 40), flow('you', 'out', 'Y', 1, 40), flow('me', 'in', 'Y', 1, 40)], 1, null],
    ['round by two others',        [flow('me', 'out', 'X'), flow('a', 'in', 'X'), flow('a', 'out', 'Y'), flow('b', 'in', 'Y'), flow('b', 'out', 'Z'), flow('me', 'in', 'Z')], 1, 3],
  ];
  for (const [what, flows, sharing, circle] of MONEY) {
    test(`money flow: ${what} [R21]`, () => {
      const { money } = signals(around([], { flows }));
      expect([
        Math.max(1, money.payoutOwners),
        money.circleDays === null ? null : money.circleOwners,
      ]).toStrictEqual([sharing, circle]);
    });
  }
});

import assert from 'node:assert/strict';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { withSignIns } from '../../src/binding/step-up.ts';
import { loadPacks } from '../../src/policy/registry.ts';
import type { SignalFacts } from '../../src/policy/signal-facts.ts';
import { anySignals } from '../policy/any-signals.ts';

const DAY_MS = 86_400_000;
const now = new Date('2026-11-23T12:00:00Z');
const douyin = (await loadPacks()).get('douyin');
assert.ok(douyin);
const pack = douyin;
const { youngDays } = pack.risk.limits;

const side = (days: number | null) => ({
  passkeySince:
    days === null ? null : new Date(Math.round(now.getTime() - days * DAY_MS)).toISOString(),
});
const told = ({ initiator, counterparty }: SignalFacts) => [
  initiator.device.passkey,
  counterparty.device.passkey,
];
const without = (signals: SignalFacts): SignalFacts => ({
  ...signals,
  initiator: { ...signals.initiator, device: { ...signals.initiator.device, passkey: false } },
  counterparty: {
    ...signals.counterparty,
    device: { ...signals.counterparty.device, passkey: false },
  },
});
const [sample] = fc.sample(anySignals(), { numRuns: 1, seed: 7 });
assert.ok(sample);
const known = (knownDays: number): SignalFacts => ({
  ...without(sample),
  behaviour: { ...sample.behaviour, knownDays },
});

describe('a sign-in by passkey as a fact', () => {
  // biome-ignore format: a table is read by its columns
  const ROWS: readonly (readonly [string, number, number | null, number | null, readonly boolean[]])[] = [
    ['two passwords',                                   90,            null,              null,       [false, false]],
    ['a passkey of the initiator',                      90,            60,                null,       [true, false]],
    ['a passkey of the counterparty',                   90,            null,              60,         [false, true]],
    ['two passkeys, one of exactly the required age',   90,            youngDays,         60,         [true, true]],
    ['two passkeys, one a little too young',            90,            youngDays - 0.01,  60,         [false, true]],
    ['two passkeys added ten days ago',                 90,            10,                10,         [false, false]],
    ['a passkey with an age below zero',                90,            -5,                null,       [false, false]],
    ['two passkeys of an owner known just long enough', youngDays,     60,                60,         [true, true]],
    ['two passkeys of a young account',                 youngDays - 1, 60,                60,         [false, false]],
  ];
  for (const [what, knownDays, initiator, counterparty, expected] of ROWS) {
    test(`which sides count as signed in by passkey: ${what} [R22]`, () => {
      expect(
        told(
          withSignIns(
            known(knownDays),
            { initiator: side(initiator), counterparty: side(counterparty) },
            { pack, now },
          ),
        ),
      ).toStrictEqual(expected);
    });
  }

  test('without a minimum account age, a passkey must be as old as for step-up [R22]', () => {
    const strict = {
      stepUp: { ...pack.stepUp, factorDays: 7 },
      risk: { ...pack.risk, limits: { ...pack.risk.limits, youngDays: 0 } },
    };
    expect(
      told(
        withSignIns(
          known(90),
          { initiator: side(6), counterparty: side(8) },
          { pack: strict, now },
        ),
      ),
    ).toStrictEqual([false, true]);
  });

  test('old facts and unseen devices count as no passkey [R22]', () => {
    expect(
      told(withSignIns(known(90), { initiator: {}, counterparty: null }, { pack, now })),
    ).toStrictEqual([false, false]);
  });

  test('sign-ins only add a passkey per side and change no other signal [R22]', () => {
    const age = fc.option(
      fc.integer({ min: -10 * DAY_MS, max: 100 * DAY_MS }).map((ms) => ms / DAY_MS),
    );
    fc.assert(
      fc.property(anySignals(), age, age, (signals, initiator, counterparty) => {
        const after = withSignIns(
          signals,
          { initiator: side(initiator), counterparty: side(counterparty) },
          { pack, now },
        );
        expect(without(after)).toStrictEqual(without(signals));
        for (const [at, days] of [
          ['initiator', initiator],
          ['counterparty', counterparty],
        ] as const) {
          const counts =
            days !== null && days >= youngDays && signals.behaviour.knownDays >= youngDays;
          expect(after[at].device.passkey).toBe(signals[at].device.passkey || counts);
        }
      }),
    );
  });
});

import fc from 'fast-check';
import type { SideSignals, SignalFacts } from '../../src/policy/signal-facts.ts';

const days = () => fc.double({ min: 0, max: 120, noNaN: true });
const share = () => fc.double({ min: 0, max: 1, noNaN: true });
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value);

/** Random signals, so that a rule is tested on unexpected ones. */
export function anySignals(): fc.Arbitrary<SignalFacts> {
  return fc.record({
    rehearsal: fc.boolean(),
    initiator: anySide(),
    counterparty: anySide(),
    sameNetwork: fc.boolean(),
    sameDevice: fc.boolean(),
    cluster: fc.record({
      owners: fc.nat(60),
      devices: fc.nat(60),
      exclusiveMembers: fc.nat(20),
      apart: fc.nat(5),
      ownDevices: fc.nat(4),
      attempting: fc.nat(20),
      refused: fc.nat(20),
    }),
    behaviour: fc.record({
      knownDays: days(),
      attemptsHour: fc.nat(30),
      attemptsDay: fc.nat(60),
      refusals: fc.nat(5),
      wrongCodes: fc.nat(5),
      secondsToComplete: fc.double({ min: 0, max: 3600, noNaN: true }),
      hourShare: maybe(share()),
      irregularity: maybe(fc.double({ min: 0, max: 5, noNaN: true })),
      networks: fc.nat(20),
      networksRepeated: fc.nat(20),
    }),
    money: fc.record({
      payoutOwners: fc.nat(20),
      payoutNear: fc.nat(20),
      payoutRefused: fc.nat(5),
      concentration: share(),
      payoutDays: maybe(days()),
      switched: fc.boolean(),
      circleDays: maybe(days()),
      circleOwners: fc.nat(3),
    }),
  });
}

function anySide(): fc.Arbitrary<SideSignals> {
  return fc.record({
    device: fc.record({
      tenureDays: maybe(days()),
      ageDays: maybe(days()),
      resemblance: maybe(share()),
      drift: maybe(share()),
      owners: fc.nat(24),
      exclusiveMembers: fc.nat(20),
      contradictions: fc.nat(4),
      key: fc.constantFrom('held', 'none', 'lost', 'other'),
      passkey: fc.boolean(),
    }),
    network: fc.record({
      tenureDays: maybe(days()),
      owners: fc.nat(24),
      crowded: fc.boolean(),
      attempting: fc.nat(20),
      provider: maybe(fc.constantFrom('known', 'new')),
      hosting: maybe(fc.boolean()),
      country: maybe(fc.constantFrom('known', 'new')),
      speed: maybe(fc.double({ min: 0, max: 40_000, noNaN: true })),
    }),
  });
}

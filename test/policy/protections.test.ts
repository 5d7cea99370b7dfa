import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { evaluate } from '../../src/policy/evaluate.ts';
import type { Facts } from '../../src/policy/facts.ts';
import { parsePack } from '../../src/policy/pack.ts';
import { HOOKS } from '../../src/policy/registry.ts';
import { weigh } from '../../src/policy/scorecard.ts';
import type { SignalFacts } from '../../src/policy/signal-facts.ts';
import { askedBy, isNothing, NO_PROOFS, stillAsked } from '../../src/policy/step-up.ts';
import type { Verdict } from '../../src/policy/verdict.ts';
import { anySignals } from './any-signals.ts';
import { CALM, douyin, facts, NOW, side } from './douyin-facts.ts';

const PROTECTIONS = ['device', 'address', 'behaviour', 'money'] as const;
type Protection = (typeof PROTECTIONS)[number];

const given = (changes: Partial<SignalFacts>): Facts => facts({ signals: { ...CALM, ...changes } });
const cluster = (changes: Partial<SignalFacts['cluster']>) => ({
  cluster: { ...CALM.cluster, ...changes },
});
const behaviour = (changes: Partial<SignalFacts['behaviour']>) => ({
  behaviour: { ...CALM.behaviour, ...changes },
});
const money = (changes: Partial<SignalFacts['money']>) => ({
  money: { ...CALM.money, ...changes },
});
const both = (one: ReturnType<typeof side>): Partial<SignalFacts> => ({
  initiator: one,
  counterparty: one,
});

const strange = side(
  { tenureDays: 0, ageDays: 0, resemblance: 0.2, drift: null },
  { tenureDays: 0 },
);
const AT = { stepUp: 45, face: 70, review: 50, deny: 90 };
const said = (of: Protection, what: Facts): Verdict | undefined =>
  evaluate(douyin, HOOKS, what).hooks.find(({ id }) => id === of)?.verdict;

// Each row: what is true, which protection looks, what it says.
// biome-ignore format: a table is read by its columns
const TABLE: readonly (readonly [string, Protection, Partial<SignalFacts>, Verdict])[] = [
  ['R10 allows a device and a network that are the owner’s',                'device',    {},                                                               'allow'],
  ['R10 allows a new phone',                                                'device',    both(side({ tenureDays: 0, resemblance: 0.3, drift: null })),      'allow'],
  ['R10 allows a cookie whose device was updated',                          'device',    both(side({ drift: 0.1 })),                                        'allow'],
  ['R10 R21 refuses a copied cookie on another device, elsewhere',          'device',    both(side({ drift: 0.5 }, { tenureDays: 0 })),                     'deny'],
  ['R10 R21 asks for a proof with a copied cookie at home',                     'device',    both(side({ drift: 0.5 })),                                        'step_up'],
  ['R21 refuses a device of six owners who have no other',                  'device',    both(side({ owners: 6, exclusiveMembers: 5 })),                            'deny'],
  ['R21 allows a studio’s computer, whose users have phones of their own',  'device',    both(side({ owners: 9, exclusiveMembers: 0 })),                            'allow'],
  ['R21 allows one contradiction on a known device',                        'device',    both(side({ contradictions: 1 })),                                 'allow'],
  ['R21 asks for the face on a device that contradicts itself twice',          'device',    both(side({ contradictions: 2 })),                                 'step_up'],
  ['R10 R21 asks for a proof when a cookie comes without its key',          'device',    both(side({ key: 'lost' })),                                       'step_up'],
  ['R10 R21 refuses a cookie with another key, in a new network of a new provider', 'device', both(side({ key: 'other' }, { tenureDays: 0, provider: 'new' })), 'deny'],
  ['R10 R21 asks for the face when a cookie comes without its key in a crowded network of a new provider', 'device', { initiator: side({ key: 'lost' }, { tenureDays: 0, crowded: true, provider: 'new' }) , sameDevice: false }, 'step_up'],
  ['R10 allows a browser that keeps no key',                                'device',    both(side({ key: 'none' })),                                       'allow'],
  ['R21 asks two who have one phone between them for the face',             'device',    { ...both(side({ owners: 2, exclusiveMembers: 1 })), ...cluster({ ownDevices: 0, exclusiveMembers: 1 }) }, 'step_up'],
  ['R21 allows a couple with a tablet and phones of their own',             'device',    { ...both(side({ owners: 2, exclusiveMembers: 1 })), ...cluster({ ownDevices: 2 }) }, 'allow'],
  ['R21 refuses the next of a phone whose other owners were refused',       'address',   cluster({ owners: 3, exclusiveMembers: 1, refused: 2 }),                   'deny'],
  ['R21 asks a young account where others live who are nowhere else for the face', 'address', { ...cluster({ owners: 2, exclusiveMembers: 1 }), ...behaviour({ knownDays: 12 }) }, 'step_up'],
  ['R21 allows a strange device and network to whoever signed in by a passkey', 'behaviour', both({ ...strange, device: { ...strange.device, passkey: true } }), 'allow'],
  ['R21 asks a new phone in a crowded network for a proof',                 'behaviour', both(side({ tenureDays: 0, ageDays: 0, resemblance: 0.2, drift: null }, { crowded: true })), 'step_up'],
  ['R21 refuses a new phone in a data centre of another country',           'behaviour', both(side({ tenureDays: 0, ageDays: 0, resemblance: 0.2, drift: null }, { crowded: true, hosting: true, country: 'new', provider: 'new' })), 'deny'],
  ['R21 asks for a proof where device and network came together a week ago', 'behaviour', both(side({ tenureDays: 7, resemblance: 0.2 }, { tenureDays: 7 })),  'step_up'],
  ['R21 asks a young account that never left one place for the face',       'behaviour', behaviour({ knownDays: 12, networks: 1, networksRepeated: 1 }),     'step_up'],
  ['R21 allows a newcomer who goes out',                                    'behaviour', behaviour({ knownDays: 12, networks: 2, networksRepeated: 1 }),     'allow'],
  ['R21 asks a young account that lives in a data centre for the face',     'behaviour', { ...both(side({}, { hosting: true })), ...behaviour({ knownDays: 12 }) }, 'step_up'],
  ['R21 allows a carrier’s NAT',                                            'address',   both(side({}, { crowded: true, owners: 24, attempting: 20 })),     'allow'],
  ['R21 allows neighbours with lives of their own, however many bind',      'address',   { ...cluster({ owners: 12, attempting: 9 }) },                     'allow'],
  ['R21 asks one of six owners seen nowhere else for their face',                   'address',   cluster({ owners: 6, exclusiveMembers: 5 }),                               'step_up'],
  ['R21 refuses eight owners seen nowhere else',                            'address',   cluster({ owners: 9, exclusiveMembers: 8 }),                               'deny'],
  ['R21 refuses five of whom two were refused',                             'address',   cluster({ owners: 6, exclusiveMembers: 5, refused: 2 }),                   'deny'],
  ['R21 allows a traveller: own phone, strange network',                    'behaviour', both(side({}, { tenureDays: 0 })),                                 'allow'],
  ['R21 asks a traveller at an hour they never keep for a proof',          'behaviour', { ...both(side({}, { tenureDays: 0 })), ...behaviour({ hourShare: 0 }) }, 'step_up'],
  ['R21 allows a new phone at home',                                        'behaviour', both(side({ tenureDays: 0, resemblance: 0.2, drift: null })),      'allow'],
  ['R21 allows a newcomer, who has no history to depart from',              'behaviour', { ...both(strange), ...behaviour({ knownDays: 2 }) },              'allow'],
  ['R21 asks a strange device in a strange network on both sides for the face', 'behaviour', both(strange),                                                'step_up'],
  ['R21 refuses it where the account was hardly seen before',               'behaviour', { ...both(strange), ...behaviour({ hourShare: null, networks: 2 }) }, 'deny'],
  ['R21 refuses it at an hour they never keep',                             'behaviour', { ...both(strange), ...behaviour({ hourShare: 0 }) },              'deny'],
  ['R21 asks a new phone in the carrier’s network they know for a proof, wherever that is placed', 'behaviour', both(side({ tenureDays: 0, ageDays: 0, resemblance: 0.2, drift: null }, { crowded: true, speed: 3000 })), 'step_up'],
  ['R21 refuses a strange initiator far from the owner’s own side (a phished code)', 'behaviour', { initiator: strange, sameNetwork: false },                   'deny'],
  ['R21 asks the one strange side beside the owner’s own for a proof', 'behaviour', { initiator: side({ tenureDays: 0, ageDays: 9, resemblance: 0.2, drift: null }, { crowded: true }), sameNetwork: true }, 'step_up'],
  ['R21 allows somebody quick',                                             'behaviour', behaviour({ secondsToComplete: 14 }),                              'allow'],
  ['R21 sends one that is as fast as a script to a person',                 'behaviour', behaviour({ secondsToComplete: 2 }),                               'review'],
  ['R21 refuses one that is as fast as a script and comes by timetable',    'behaviour', behaviour({ secondsToComplete: 2, irregularity: 0.01 }),           'deny'],
  ['R21 asks for the face where the network is new each time',                 'behaviour', behaviour({ networks: 6, networksRepeated: 0 }),                   'step_up'],
  ['R21 allows ten subs in one go',                                         'behaviour', behaviour({ attemptsHour: 10, attemptsDay: 10 }),                  'allow'],
  ['R21 sends thirteen attempts in an hour to a person',                    'behaviour', behaviour({ attemptsHour: 13, attemptsDay: 13 }),                  'review'],
  ['R21 allows a couple with one account',                                  'money',     money({ payoutOwners: 2, payoutNear: 1 }),                         'allow'],
  ['R21 allows a studio that has long been paid in one piece',              'money',     money({ payoutOwners: 9, payoutNear: 8 }),                         'allow'],
  ['R21 sends one that is paid in one piece of late to a person',         'money',     money({ payoutOwners: 9, payoutNear: 8, payoutDays: 30 }),         'review'],
  ['R21 refuses money that lately goes where seven strangers’ goes',        'money',     money({ payoutOwners: 7, payoutDays: 10, switched: true }),        'deny'],
  ['R21 sends a circle of two to a person',                                 'money',     money({ circleDays: 3, circleOwners: 2 }),                         'review'],
];

describe('the protections of R21', () => {
  for (const [name, protection, signals, verdict] of TABLE)
    test(name, () => assert.equal(said(protection, given(signals)), verdict));

  test('R21 R22 a refusal by any of them is `risk` to the caller, and tells a reviewer each row with its points', () => {
    const decision = evaluate(douyin, HOOKS, given(cluster({ owners: 9, exclusiveMembers: 8 })));
    assert.equal(decision.refusal, 'risk');
    const reasons = decision.hooks.find(({ id }) => id === 'address')?.reasons ?? [];
    assert.deepEqual(
      reasons.map(({ code }) => code),
      ['score', 'owners_seen_nowhere_else'],
    );
    assert.equal(reasons[1]?.detail?.points, 96);
  });

  test('R21 a rehearsal on the demo’s own machine trips none of the statistics', () => {
    fc.assert(
      fc.property(anySignals(), (signals) => {
        const decision = evaluate(
          douyin,
          HOOKS,
          facts({ signals: { ...signals, rehearsal: true } }),
        );
        assert.ok(
          decision.hooks
            .filter(({ id }) => id === 'address' || id === 'behaviour')
            .every(({ verdict }) => verdict === 'allow'),
        );
      }),
      { numRuns: 1000 },
    );
  });

  test('R21 more exclusiveMembers, refusals or sharers never make any of them milder', () => {
    const strictness: Record<Verdict, number> = { allow: 0, step_up: 1, review: 2, deny: 3 };
    const worse = (signals: SignalFacts): SignalFacts => ({
      ...signals,
      cluster: {
        ...signals.cluster,
        exclusiveMembers: signals.cluster.exclusiveMembers + 1,
        refused: signals.cluster.refused + 1,
        owners: signals.cluster.owners + 1,
      },
      behaviour: { ...signals.behaviour, refusals: signals.behaviour.refusals + 1 },
      money: {
        ...signals.money,
        payoutOwners: signals.money.payoutOwners + 1,
        payoutRefused: signals.money.payoutRefused + 1,
      },
    });
    fc.assert(
      fc.property(anySignals(), (signals) => {
        for (const protection of PROTECTIONS) {
          const before = said(protection, facts({ signals }));
          const after = said(protection, facts({ signals: worse(signals) }));
          assert.ok(
            before && after && strictness[after] >= strictness[before],
            `${protection}: ${before} became ${after}`,
          );
        }
      }),
      { numRuns: 1000 },
    );
  });

  test('R21 a score is the sum of the rows that hold, and the verdict rises with it', () => {
    const row = fc.record({ when: fc.boolean(), code: fc.constant('a_row'), points: fc.nat(60) });
    fc.assert(
      fc.property(fc.array(row, { maxLength: 8 }), (rows) => {
        const sum = rows.reduce((total, { when, points }) => total + (when ? points : 0), 0);
        const expected =
          sum >= 90 ? 'deny' : sum >= 50 ? 'review' : sum >= 45 ? 'step_up' : 'allow';
        assert.equal(weigh(rows, AT, 'calm').verdict, expected);
      }),
    );
  });

  test('R21 a person looks at what no proof would answer; for all else a proof is asked for, until it is too much', () => {
    const means = fc.constantFrom('any' as const, 'identity_check' as const);
    const row = fc.record(
      { when: fc.boolean(), code: fc.constant('a_row'), points: fc.nat(60), means },
      { requiredKeys: ['when', 'code', 'points'] },
    );
    const sumOf = (rows: readonly { readonly points: number }[]): number =>
      rows.reduce((total, { points }) => total + points, 0);
    fc.assert(
      fc.property(fc.array(row, { maxLength: 8 }), (rows) => {
        const held = rows.filter(({ when, points }) => when && points > 0);
        const said = weigh(rows, AT, 'calm');
        const [all, open] = [sumOf(held), sumOf(held.filter((each) => each.means === undefined))];
        assert.equal(
          said.verdict,
          all >= 90 ? 'deny' : open >= 50 ? 'review' : all >= 45 ? 'step_up' : 'allow',
        );
        const faces = held.filter((each) => each.means === 'identity_check').length;
        const asked = said.verdict === 'step_up' && all >= 70 ? held.length : faces;
        assert.equal(
          said.reasons.filter(({ detail }) => detail?.means === 'identity_check').length,
          asked,
        );
      }),
    );
  });

  test('R21 from the score of the face on no other proof is enough, of whichever sides; below it the rows say what is', () => {
    const means = fc.constantFrom('any' as const, 'identity_check' as const);
    const detail = fc.constantFrom({}, { side: 'initiator' }, { side: 'counterparty' });
    const row = fc.record({
      when: fc.constant(true),
      code: fc.constant('a_row'),
      points: fc.integer({ min: 1, max: 40 }),
      means,
      detail,
    });
    const proof = (by: 'totp' | 'identity_check') => ({ by, at: NOW });
    const code = { initiator: proof('totp'), counterparty: proof('totp') };
    const face = { initiator: proof('identity_check'), counterparty: proof('identity_check') };
    fc.assert(
      fc.property(
        fc.array(row, { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 1, max: 130 }),
        (rows, from) => {
          const { verdict, reasons } = weigh(rows, { ...AT, face: from }, 'calm');
          const always = weigh(rows, { ...AT, face: AT.deny }, 'calm');
          const score = rows.reduce((sum, { points }) => sum + points, 0);
          assert.equal(verdict, always.verdict, 'it changes what is asked for, and never whether');
          if (verdict !== 'step_up') return assert.deepEqual(reasons, always.reasons);
          const asked = askedBy(reasons);
          assert.ok(isNothing(stillAsked(asked, face)));
          if (score < from) return assert.deepEqual(reasons, always.reasons);
          assert.ok(!isNothing(stillAsked(asked, code)));
          for (const side of ['initiator', 'counterparty', 'either'] as const)
            assert.notEqual(asked[side], 'any');
          for (const side of ['initiator', 'counterparty', 'either'] as const)
            assert.equal(asked[side] === null, askedBy(always.reasons)[side] === null);
        },
      ),
    );
  });

  test('R21 R22 whoever is strange on both sides is asked for the face, and a code does not help them', () => {
    const at = NOW;
    const told = (proofs: Facts['proofs']) =>
      evaluate(douyin, HOOKS, { ...given(both(strange)), proofs }).verdict;
    assert.equal(told(NO_PROOFS), 'step_up');
    assert.equal(
      told({ initiator: { by: 'totp', at }, counterparty: { by: 'passkey', at } }),
      'step_up',
    );
    assert.equal(told({ initiator: null, counterparty: { by: 'identity_check', at } }), 'allow');
  });

  test('R21 a stranger on one side is asked there; the factors of a young account are not asked for at all', () => {
    const reasonsOf = (what: Facts) =>
      evaluate(douyin, HOOKS, what).hooks.find(({ id }) => id === 'behaviour')?.reasons ?? [];
    const one = reasonsOf(
      given({
        counterparty: side({ tenureDays: 0, resemblance: 0.2, drift: null }, { crowded: true }),
      }),
    );
    assert.deepEqual([one[0]?.detail?.side, one[0]?.detail?.means], ['counterparty', undefined]);
    const young = reasonsOf(given({ ...both(strange), ...behaviour({ knownDays: 12 }) }));
    assert.ok(
      young.length > 0 &&
        young.every(({ code, detail }) => code === 'score' || detail?.means === 'identity_check'),
    );
  });

  test('R41 a pack may move every threshold, and is told by its path when they are out of order', () => {
    const raw = {
      ...structuredClone(douyin),
      risk: { money: { stepUp: 10, review: 20, deny: 30 } },
    };
    const ids = HOOKS.map(({ id }) => id);
    const parsed = parsePack(raw, ids);
    assert.ok(parsed.ok);
    assert.equal(
      evaluate(parsed.value, HOOKS, given(money({ payoutOwners: 9, payoutNear: 8 }))).verdict,
      'deny',
    );
    const wrong = parsePack(
      { ...raw, risk: { address: { stepUp: 60, review: 50, deny: 90 }, limits: { drift: 2 } } },
      ids,
    );
    assert.deepEqual(!wrong.ok && wrong.problems.map(({ path }) => path), [
      'risk.address',
      'risk.limits.drift',
    ]);
  });
});

import assert from 'node:assert/strict';
import { describe, expect, test } from '@jest/globals';
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

// Each row: the name, the protection, its signals, and its verdict.
// biome-ignore format: a table is read by its columns
const TABLE: readonly (readonly [string, Protection, Partial<SignalFacts>, Verdict])[] = [
  ['allows a device and a network that are the owner’s [R10]',                         'device',    {},                                                               'allow'],
  ['allows a new phone [R10]',                                                         'device',    both(side({ tenureDays: 0, resemblance: 0.3, drift: null })),      'allow'],
  ['allows a cookie whose device was updated [R10]',                                   'device',    both(side({ drift: 0.1 })),                                        'allow'],
  ['refuses a copied cookie on another device, elsewhere [R10, R21]',                  'device',    both(side({ drift: 0.5 }, { tenureDays: 0 })),                     'deny'],
  ['asks for a proof with a copied cookie at home [R10, R21]',                         'device',    both(side({ drift: 0.5 })),                                        'step_up'],
  ['refuses a device of six owners who have no other [R21]',                           'device',    both(side({ owners: 6, exclusiveMembers: 5 })),                            'deny'],
  ['allows a studio’s computer, whose users have phones of their own [R21]',           'device',    both(side({ owners: 9, exclusiveMembers: 0 })),                            'allow'],
  ['allows one contradiction on a known device [R21]',                                 'device',    both(side({ contradictions: 1 })),                                 'allow'],
  ['asks for the face on a device that contradicts itself twice [R21]',                'device',    both(side({ contradictions: 2 })),                                 'step_up'],
  ['asks for a proof when a cookie comes without its key [R10, R21]',                  'device',    both(side({ key: 'lost' })),                                       'step_up'],
  ['refuses a cookie with another key in a network of a new provider [R10, R21]',      'device', both(side({ key: 'other' }, { tenureDays: 0, provider: 'new' })), 'deny'],
  ['asks for the face for a lost key in a crowded, new network [R10, R21]',            'device', { initiator: side({ key: 'lost' }, { tenureDays: 0, crowded: true, provider: 'new' }) , sameDevice: false }, 'step_up'],
  ['allows a browser that keeps no key [R10]',                                         'device',    both(side({ key: 'none' })),                                       'allow'],
  ['asks two owners who share their only phone for the face [R21]',                    'device',    { ...both(side({ owners: 2, exclusiveMembers: 1 })), ...cluster({ ownDevices: 0, exclusiveMembers: 1 }) }, 'step_up'],
  ['allows a couple with a tablet and phones of their own [R21]',                      'device',    { ...both(side({ owners: 2, exclusiveMembers: 1 })), ...cluster({ ownDevices: 2 }) }, 'allow'],
  ['refuses another owner of a phone whose owners were refused [R21]',                 'address',   cluster({ owners: 3, exclusiveMembers: 1, refused: 2 }),                   'deny'],
  ['asks a young account among exclusive members for the face [R21]',                  'address', { ...cluster({ owners: 2, exclusiveMembers: 1 }), ...behaviour({ knownDays: 12 }) }, 'step_up'],
  ['allows a strange device and network after a passkey sign-in [R21]',                'behaviour', both({ ...strange, device: { ...strange.device, passkey: true } }), 'allow'],
  ['asks a new phone in a crowded network for a proof [R21]',                          'behaviour', both(side({ tenureDays: 0, ageDays: 0, resemblance: 0.2, drift: null }, { crowded: true })), 'step_up'],
  ['refuses a new phone in a data centre of another country [R21]',                    'behaviour', both(side({ tenureDays: 0, ageDays: 0, resemblance: 0.2, drift: null }, { crowded: true, hosting: true, country: 'new', provider: 'new' })), 'deny'],
  ['asks for a proof where device and network came together a week ago [R21]',         'behaviour', both(side({ tenureDays: 7, resemblance: 0.2 }, { tenureDays: 7 })),  'step_up'],
  ['asks a young account that never left one place for the face [R21]',                'behaviour', behaviour({ knownDays: 12, networks: 1, networksRepeated: 1 }),     'step_up'],
  ['allows a newcomer who uses two networks [R21]',                                    'behaviour', behaviour({ knownDays: 12, networks: 2, networksRepeated: 1 }),     'allow'],
  ['asks a young account in a data centre for the face [R21]',                         'behaviour', { ...both(side({}, { hosting: true })), ...behaviour({ knownDays: 12 }) }, 'step_up'],
  ['allows a carrier’s NAT [R21]',                                                     'address',   both(side({}, { crowded: true, owners: 24, attempting: 20 })),     'allow'],
  ['allows neighbours with other networks, however many bind [R21]',                   'address',   { ...cluster({ owners: 12, attempting: 9 }) },                     'allow'],
  ['asks one of six owners seen only there for the face [R21]',                        'address',   cluster({ owners: 6, exclusiveMembers: 5 }),                               'step_up'],
  ['refuses one of nine owners seen only there [R21]',                                 'address',   cluster({ owners: 9, exclusiveMembers: 8 }),                               'deny'],
  ['refuses five exclusive owners of whom two were refused [R21]',                     'address',   cluster({ owners: 6, exclusiveMembers: 5, refused: 2 }),                   'deny'],
  ['allows a traveller: own phone, strange network [R21]',                             'behaviour', both(side({}, { tenureDays: 0 })),                                 'allow'],
  ['asks a traveller at an unusual hour for a proof [R21]',                            'behaviour', { ...both(side({}, { tenureDays: 0 })), ...behaviour({ hourShare: 0 }) }, 'step_up'],
  ['allows a new phone at home [R21]',                                                 'behaviour', both(side({ tenureDays: 0, resemblance: 0.2, drift: null })),      'allow'],
  ['allows a newcomer without a history [R21]',                                        'behaviour', { ...both(strange), ...behaviour({ knownDays: 2 }) },              'allow'],
  ['asks a strange device in a strange network on both sides for the face [R21]',      'behaviour', both(strange),                                                'step_up'],
  ['refuses a strange device of an account that was hardly seen [R21]',                'behaviour', { ...both(strange), ...behaviour({ hourShare: null, networks: 2 }) }, 'deny'],
  ['refuses a strange device at an unusual hour [R21]',                                'behaviour', { ...both(strange), ...behaviour({ hourShare: 0 }) },              'deny'],
  ['asks a new phone in a known carrier’s network for a proof, at any location [R21]', 'behaviour', both(side({ tenureDays: 0, ageDays: 0, resemblance: 0.2, drift: null }, { crowded: true, speed: 3000 })), 'step_up'],
  ['refuses a strange initiator far from the owner’s own side (a phished code) [R21]', 'behaviour', { initiator: strange, sameNetwork: false },                   'deny'],
  ['asks a strange side beside the owner’s own for a proof [R21]',                     'behaviour', { initiator: side({ tenureDays: 0, ageDays: 9, resemblance: 0.2, drift: null }, { crowded: true }), sameNetwork: true }, 'step_up'],
  ['allows a quick attempt [R21]',                                                     'behaviour', behaviour({ secondsToComplete: 14 }),                              'allow'],
  ['sends an attempt as fast as a script to a person [R21]',                           'behaviour', behaviour({ secondsToComplete: 2 }),                               'review'],
  ['refuses an attempt as fast as a script, at regular times [R21]',                   'behaviour', behaviour({ secondsToComplete: 2, irregularity: 0.01 }),           'deny'],
  ['asks for the face when each network is new [R21]',                                 'behaviour', behaviour({ networks: 6, networksRepeated: 0 }),                   'step_up'],
  ['allows ten subs in one go [R21]',                                                  'behaviour', behaviour({ attemptsHour: 10, attemptsDay: 10 }),                  'allow'],
  ['sends thirteen attempts in an hour to a person [R21]',                             'behaviour', behaviour({ attemptsHour: 13, attemptsDay: 13 }),                  'review'],
  ['allows a couple with one account [R21]',                                           'money',     money({ payoutOwners: 2, payoutNear: 1 }),                         'allow'],
  ['allows a studio that has long been paid to one account [R21]',                     'money',     money({ payoutOwners: 9, payoutNear: 8 }),                         'allow'],
  ['sends a studio that is paid to one account of late to a person [R21]',             'money',     money({ payoutOwners: 9, payoutNear: 8, payoutDays: 30 }),         'review'],
  ['refuses payouts that lately go where seven strangers’ go [R21]',                   'money',     money({ payoutOwners: 7, payoutDays: 10, switched: true }),        'deny'],
  ['sends a circle of two to a person [R21]',                                          'money',     money({ circleDays: 3, circleOwners: 2 }),                         'review'],
];

describe('the protections', () => {
  for (const [name, protection, signals, verdict] of TABLE)
    test(name, () => expect(said(protection, given(signals))).toBe(verdict));

  test('a protection refuses with risk, and shows reviewers each row’s points [R21, R22]', () => {
    const decision = evaluate(douyin, HOOKS, given(cluster({ owners: 9, exclusiveMembers: 8 })));
    expect(decision.refusal).toBe('risk');
    const reasons = decision.hooks.find(({ id }) => id === 'address')?.reasons ?? [];
    expect(reasons.map(({ code }) => code)).toStrictEqual(['score', 'owners_seen_nowhere_else']);
    expect(reasons[1]?.detail?.points).toBe(96);
  });

  test('a rehearsal on the demo’s machine triggers no statistics', () => {
    fc.assert(
      fc.property(anySignals(), (signals) => {
        const decision = evaluate(
          douyin,
          HOOKS,
          facts({ signals: { ...signals, rehearsal: true } }),
        );
        expect(
          decision.hooks
            .filter(({ id }) => id === 'address' || id === 'behaviour')
            .every(({ verdict }) => verdict === 'allow'),
        ).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  test('more exclusive members, refusals or sharers never give a milder verdict [R21]', () => {
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
          expect([
            `${protection}: ${before} became ${after}`,
            Boolean(before && after && strictness[after] >= strictness[before]),
          ]).toStrictEqual([`${protection}: ${before} became ${after}`, true]);
        }
      }),
      { numRuns: 1000 },
    );
  });

  test('a score is the sum of its rows, and the verdict rises with it [R21]', () => {
    const row = fc.record({ when: fc.boolean(), code: fc.constant('a_row'), points: fc.nat(60) });
    fc.assert(
      fc.property(fc.array(row, { maxLength: 8 }), (rows) => {
        const sum = rows.reduce((total, { when, points }) => total + (when ? points : 0), 0);
        const expected =
          sum >= 90 ? 'deny' : sum >= 50 ? 'review' : sum >= 45 ? 'step_up' : 'allow';
        expect(weigh(rows, AT, 'calm').verdict).toBe(expected);
      }),
    );
  });

  test('doubts that no proof removes go to a person; others ask for a proof [R21]', () => {
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
        expect(said.verdict).toBe(
          all >= 90 ? 'deny' : open >= 50 ? 'review' : all >= 45 ? 'step_up' : 'allow',
        );
        const faces = held.filter((each) => each.means === 'identity_check').length;
        const asked = said.verdict === 'step_up' && all >= 70 ? held.length : faces;
        expect(said.reasons.filter(({ detail }) => detail?.means === 'identity_check').length).toBe(
          asked,
        );
      }),
    );
  });

  test('above the face score only a face is enough; below, the rows decide [R21]', () => {
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
          // it changes which proof is asked for, and not whether one is
          expect(verdict).toBe(always.verdict);
          if (verdict !== 'step_up') return expect(reasons).toStrictEqual(always.reasons);
          const asked = askedBy(reasons);
          expect(isNothing(stillAsked(asked, face))).toBe(true);
          if (score < from) return expect(reasons).toStrictEqual(always.reasons);
          expect(isNothing(stillAsked(asked, code))).toBe(false);
          for (const side of ['initiator', 'counterparty', 'either'] as const)
            expect(asked[side]).not.toBe('any');
          for (const side of ['initiator', 'counterparty', 'either'] as const)
            expect(asked[side] === null).toBe(askedBy(always.reasons)[side] === null);
        },
      ),
    );
  });

  test('who is strange on both sides must show the face, and no code helps [R21, R22]', () => {
    const at = NOW;
    const told = (proofs: Facts['proofs']) =>
      evaluate(douyin, HOOKS, { ...given(both(strange)), proofs }).verdict;
    expect(told(NO_PROOFS)).toBe('step_up');
    expect(told({ initiator: { by: 'totp', at }, counterparty: { by: 'passkey', at } })).toBe(
      'step_up',
    );
    expect(told({ initiator: null, counterparty: { by: 'identity_check', at } })).toBe('allow');
  });

  test('a strange side is asked for any proof, and a young account for the face [R21]', () => {
    const reasonsOf = (what: Facts) =>
      evaluate(douyin, HOOKS, what).hooks.find(({ id }) => id === 'behaviour')?.reasons ?? [];
    const one = reasonsOf(
      given({
        counterparty: side({ tenureDays: 0, resemblance: 0.2, drift: null }, { crowded: true }),
      }),
    );
    expect([one[0]?.detail?.side, one[0]?.detail?.means]).toStrictEqual([
      'counterparty',
      undefined,
    ]);
    const young = reasonsOf(given({ ...both(strange), ...behaviour({ knownDays: 12 }) }));
    expect(young.length).toBeGreaterThan(0);
    expect(
      young.every(({ code, detail }) => code === 'score' || detail?.means === 'identity_check'),
    ).toBe(true);
  });

  test('a pack may set each threshold, and thresholds out of order are refused [R41]', () => {
    const raw = {
      ...structuredClone(douyin),
      risk: { money: { stepUp: 10, review: 20, deny: 30 } },
    };
    const ids = HOOKS.map(({ id }) => id);
    const parsed = parsePack(raw, ids);
    assert.ok(parsed.ok);
    expect(
      evaluate(parsed.value, HOOKS, given(money({ payoutOwners: 9, payoutNear: 8 }))).verdict,
    ).toBe('deny');
    const wrong = parsePack(
      { ...raw, risk: { address: { stepUp: 60, review: 50, deny: 90 }, limits: { drift: 2 } } },
      ids,
    );
    expect(!wrong.ok && wrong.problems.map(({ path }) => path)).toStrictEqual([
      'risk.address',
      'risk.limits.drift',
    ]);
  });
});

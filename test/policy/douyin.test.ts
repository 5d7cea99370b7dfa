import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Kind } from '../../src/accounts/account.ts';
import type { AccountId } from '../../src/kernel/ids.ts';
import { evaluate } from '../../src/policy/evaluate.ts';
import type { AccountFacts, Facts } from '../../src/policy/facts.ts';
import { HOOKS } from '../../src/policy/registry.ts';
import { account, device, douyin, facts, NOW, owner } from './douyin-facts.ts';

const counterparty = 'acc_elsewhere' as AccountId;
const own = (changes: Partial<Facts['owners']>) =>
  facts({ owners: { ...facts().owners, ...changes } });
const primary = (changes: Partial<AccountFacts>) =>
  facts({ accounts: { ...facts().accounts, primary: account('acc_primary', changes) } });
const sub = (changes: Partial<AccountFacts>) =>
  facts({ accounts: { ...facts().accounts, sub: account('acc_sub', changes) } });
const graph = (changes: Partial<Facts['graph']>) =>
  facts({ graph: { ...facts().graph, ...changes } });
const counts = (perPrimary: number, perOwner: number) =>
  facts({ counts: { perPrimary, perOwner } });
const devices = (initiator: object, answering: object) =>
  facts({
    devices: { initiator: device('dev_1', initiator), counterparty: device('dev_2', answering) },
  });

const organisation = (id: string) =>
  owner(id, { kind: 'organisation', verifiedBy: 'legal_entity' });
const business = { kind: 'enterprise', qualification: 'verified', hasAdministrator: true } as const;
const companies = (affiliationVerifiedAt: Date | null) =>
  facts({
    accounts: { primary: account('acc_primary', business), sub: account('acc_sub', business) },
    owners: {
      primary: organisation('own_parent'),
      sub: organisation('own_subsidiary'),
      affiliationVerifiedAt,
    },
  });

const decide = (given: Facts) => evaluate(douyin, HOOKS, given);
const said = (given: Facts) => decide(given).refusal ?? decide(given).verdict;

// Each row: the name, the facts, and the answer to the caller.
// biome-ignore format: a table is read by its columns
const TABLE: readonly (readonly [name: string, given: Facts, answer: string])[] = [
  ['allows two accounts of one verified person [R1]',                 facts(),                                             'allow'],
  ['refuses when the primary has no owner [R1]',                      own({ primary: null }),                              'not_verified'],
  ['refuses when the sub has no owner [R1]',                          own({ sub: null }),                                  'not_verified'],
  ['refuses an owner whose verification is not complete [R1]',        own({ sub: owner('own_lin', { verifiedAt: null }) }), 'not_verified'],
  ['refuses two verified persons who differ [R1]',                    own({ sub: owner('own_zhao') }),                     'different_owner'],
  ['tells an unverified stranger only that they are unverified [R1]', own({ sub: owner('own_zhao', { verifiedAt: null }) }), 'not_verified'],
  ['refuses persons in spite of an affiliation [R1]',                 own({ sub: owner('own_zhao'), affiliationVerifiedAt: NOW }), 'different_owner'],
  ['allows a company and its verified subsidiary [R1]',               companies(NOW),                                      'allow'],
  ['refuses companies whose affiliation was not verified [R1]',       companies(null),                                     'different_owner'],
  ['refuses a restricted primary',                                    primary({ status: 'restricted' }),                   'account_restricted'],
  ['refuses a closed sub',                                            sub({ status: 'closed' }),                           'account_restricted'],
  ['refuses a personal account that lost its qualification [R3]',     primary({ qualification: 'none' }),                  'not_verified'],
  ['refuses a personal sub that is not verified yet [R3]',            sub({ qualification: 'in_review' }),                 'not_verified'],
  ['refuses an enterprise without verified qualification [R3]',       primary({ ...business, qualification: 'none' }),     'not_verified'],
  ['refuses special industry whose material is in review [R3]',       primary({ kind: 'special_industry', qualification: 'in_review' }), 'not_verified'],
  ['refuses a special-industry sub in review [R3]',                   sub({ kind: 'special_industry', qualification: 'in_review' }), 'not_verified'],
  ['refuses an enterprise primary without administrator [R32]',       primary({ ...business, hasAdministrator: false }),   'not_eligible'],
  ['allows an enterprise primary with an administrator [R32]',        primary(business),                                   'allow'],
  ['asks no administrator of an enterprise sub [R32]',                sub({ ...business, hasAdministrator: false }),       'allow'],
  ['refuses to bind an account to itself',                            facts({ accounts: { primary: account('acc_1'), sub: account('acc_1') } }), 'not_eligible'],
  ['refuses a sub that has a primary already',                        graph({ subIsSubOf: counterparty }),                        'already_bound'],
  ['refuses a primary that is a sub (depth)',                         graph({ primaryIsSubOf: counterparty }),                    'not_eligible'],
  ['refuses a primary that is a sub of this same sub (cycle)',        graph({ primaryIsSubOf: 'acc_sub' as AccountId, subIsPrimaryOf: 1 }), 'not_eligible'],
  ['refuses a sub that has subs of its own',                          graph({ subIsPrimaryOf: 1 }),                        'not_eligible'],
  ['allows the third sub [R2]',                                       counts(2, 2),                                        'allow'],
  ['refuses the fourth sub of a primary [R2]',                        counts(3, 3),                                        'limit_reached'],
  ['refuses the fourth sub of an owner, under another primary [R2]',  counts(0, 3),                                       'limit_reached'],
  ['reports an existing binding before the limit',                    facts({ graph: { ...facts().graph, subIsSubOf: counterparty }, counts: { perPrimary: 3, perOwner: 3 } }), 'already_bound'],
  ['allows one device for both sides [R10]',                          facts(),                                             'allow'],
  ['allows a device seen for the first time [R10]',                   devices({ knownToOwner: false }, { knownToOwner: false }), 'allow'],
  ['allows a device that three owners share [R10]',                   devices({ ownersSeen: 3 }, {}),                      'allow'],
  ['sends a device that four owners share to a person [R10]',         devices({}, { ownersSeen: 4 }),                      'review'],
  ['a refusal outweighs a review [R22]',                              { ...devices({ ownersSeen: 9 }, {}), counts: { perPrimary: 3, perOwner: 3 } }, 'limit_reached'],
];

describe('the pack douyin', () => {
  for (const [name, given, answer] of TABLE) test(name, () => expect(said(given)).toBe(answer));

  test('records every hook with its version, its verdict and its reasons [R22]', () => {
    expect(decide(devices({}, { knownToOwner: false }))).toStrictEqual({
      pack: 'douyin',
      packVersion: 2,
      verdict: 'allow',
      sameOwner: { method: 'identity_document' },
      hooks: [
        {
          id: 'account-status',
          version: 2,
          verdict: 'allow',
          reasons: [{ code: 'accounts_in_order' }],
        },
        {
          id: 'same-owner',
          version: 1,
          verdict: 'allow',
          reasons: [{ code: 'same_owner', detail: { method: 'identity_document' } }],
        },
        { id: 'graph', version: 2, verdict: 'allow', reasons: [{ code: 'both_free' }] },
        {
          id: 'limits',
          version: 3,
          verdict: 'allow',
          reasons: [{ code: 'slot_free', detail: { perPrimary: 0, perOwner: 0, limit: 3 } }],
        },
        {
          id: 'device',
          version: 4,
          verdict: 'allow',
          reasons: [
            { code: 'two_devices' },
            { code: 'known_device', detail: { side: 'initiator' } },
            { code: 'first_seen', detail: { side: 'counterparty' } },
          ],
        },
        { id: 'address', version: 2, verdict: 'allow', reasons: [{ code: 'few_near' }] },
        { id: 'behaviour', version: 3, verdict: 'allow', reasons: [{ code: 'as_usual' }] },
        { id: 'money', version: 2, verdict: 'allow', reasons: [{ code: 'no_odd_flow' }] },
      ],
    });
  });

  test('records how it found one owner [R1]', () => {
    expect(decide(facts()).sameOwner).toStrictEqual({ method: 'identity_document' });
    expect(
      decide(own({ primary: organisation('own_co'), sub: organisation('own_co') })).sameOwner,
    ).toStrictEqual({ method: 'legal_entity' });
    expect(decide(companies(NOW)).sameOwner).toStrictEqual({ method: 'affiliate' });
    expect(decide(companies(null)).sameOwner).toBe(undefined);
    expect(decide(own({ sub: owner('own_lin', { verifiedAt: null }) })).sameOwner).toBe(undefined);
  });

  test('refuses exactly at 3 personal, 10 enterprise or 5 special-industry subs [R2]', () => {
    const LIMITS = { personal: 3, enterprise: 10, special_industry: 5 } as const;
    const kinds = fc.constantFrom<Kind>('personal', 'enterprise', 'special_industry');
    fc.assert(
      fc.property(kinds, fc.nat(15), fc.nat(15), (kind, perPrimary, perOwner) => {
        const given = { ...primary({ ...business, kind }), counts: { perPrimary, perOwner } };
        const expected =
          perPrimary < LIMITS[kind] && perOwner < LIMITS[kind] ? 'allow' : 'limit_reached';
        expect(said(given)).toBe(expected);
      }),
      { numRuns: 1000 },
    );
  });

  test('a company is limited per official account, not per owner [R2]', () => {
    const company = owner('own_brand', { kind: 'organisation', verifiedBy: 'legal_entity' });
    const given = (perPrimary: number) => ({
      ...primary({ ...business, kind: 'enterprise' }),
      owners: { primary: company, sub: company, affiliationVerifiedAt: null },
      counts: { perPrimary, perOwner: 40 },
    });
    expect(said(given(9))).toBe('allow');
    expect(said(given(10))).toBe('limit_reached');
  });

  test('an individual in a special industry is counted per owner, as a person [R2, R4]', () => {
    const doctor = owner('own_wang');
    const given = (perOwner: number) => ({
      ...primary({ ...business, kind: 'special_industry' }),
      owners: { primary: doctor, sub: doctor, affiliationVerifiedAt: null },
      counts: { perPrimary: 0, perOwner },
    });
    expect([said(given(4)), said(given(5))]).toStrictEqual(['allow', 'limit_reached']);
  });

  test('a company group has a cap of its own where the pack sets one [R2]', () => {
    const company = owner('own_brand', { kind: 'organisation', verifiedBy: 'legal_entity' });
    const given = (subs: number, of = company) =>
      facts({
        ...primary({ ...business, kind: 'enterprise' }),
        owners: { primary: of, sub: of, affiliationVerifiedAt: null },
        group: { subs },
      });
    const under = (enterprise: number | null, subs: number, of = company) => {
      const groupLimits = { ...douyin.groupLimits, enterprise };
      return evaluate({ ...douyin, groupLimits }, HOOKS, given(subs, of)).refusal ?? 'allow';
    };
    expect([under(12, 11), under(12, 12), under(null, 500)]).toStrictEqual([
      'allow',
      'limit_reached',
      'allow',
    ]);
    // a person has no company group
    expect(under(12, 12, owner('own_lin'))).toBe('allow');
    const limits = { ...douyin.limits, enterprise: null };
    const groupLimits = { ...douyin.groupLimits, enterprise: 12 };
    expect(evaluate({ ...douyin, limits, groupLimits }, HOOKS, given(12)).refusal).toBe(
      'limit_reached',
    );
  });

  test('two platforms are bound only by a pack across both [R45]', () => {
    const { accounts } = facts();
    const apart = { accounts: { ...accounts, sub: { ...accounts.sub, platform: 'other' } } };
    const under = (platforms: typeof douyin.platforms, given = apart) =>
      evaluate({ ...douyin, platforms }, HOOKS, facts(given)).refusal ?? 'allow';
    expect(under({ of: null, across: false })).toBe('not_eligible');
    expect(under({ of: null, across: true })).toBe('allow');
    expect(under({ of: ['local', 'other'], across: true })).toBe('allow');
    expect(under({ of: ['local', 'third'], across: true })).toBe('not_eligible');
    expect(under({ of: ['local'], across: false }, { accounts })).toBe('allow');
    expect(under({ of: ['other'], across: false }, { accounts })).toBe('not_eligible');
  });

  test('a limit of null allows any count [R39]', () => {
    const limits = { personal: null, enterprise: null, special_industry: null };
    fc.assert(
      fc.property(fc.nat(), fc.nat(), (perPrimary, perOwner) => {
        expect(evaluate({ ...douyin, limits }, HOOKS, counts(perPrimary, perOwner)).verdict).toBe(
          'allow',
        );
      }),
    );
  });

  test('allows verified owners exactly if identical or organisations with a tie [R1]', () => {
    const anyOwner = fc.record({
      index: fc.constantFrom('a', 'b', 'c'),
      kind: fc.constantFrom('person' as const, 'organisation' as const),
    });
    fc.assert(
      fc.property(anyOwner, anyOwner, fc.boolean(), (a, b, tied) => {
        // a document belongs to a person or to an organisation
        fc.pre(a.index !== b.index || a.kind === b.kind);
        const owners = {
          primary: owner(`own_${a.index}`, { kind: a.kind, identityIndex: a.index }),
          sub: owner(`own_${b.index}`, { kind: b.kind, identityIndex: b.index }),
          affiliationVerifiedAt: tied ? NOW : null,
        };
        const expected =
          a.index === b.index || (tied && a.kind === 'organisation' && b.kind === 'organisation');
        expect(said(facts({ owners }))).toBe(expected ? 'allow' : 'different_owner');
      }),
      { numRuns: 1000 },
    );
  });
});

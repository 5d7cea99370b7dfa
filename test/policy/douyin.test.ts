import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
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

// Each row: what is true, and what the caller hears.
// biome-ignore format: a table is read by its columns
const TABLE: readonly (readonly [name: string, given: Facts, answer: string])[] = [
  ['R1 allows two accounts of one verified person',               facts(),                                             'allow'],
  ['R1 refuses when the primary has no owner',                    own({ primary: null }),                              'not_verified'],
  ['R1 refuses when the sub has no owner',                        own({ sub: null }),                                  'not_verified'],
  ['R1 refuses an owner whose verification is not complete',      own({ sub: owner('own_lin', { verifiedAt: null }) }), 'not_verified'],
  ['R1 refuses two verified persons who differ',                  own({ sub: owner('own_zhao') }),                     'different_owner'],
  ['R1 tells an unverified stranger only that he is unverified',  own({ sub: owner('own_zhao', { verifiedAt: null }) }), 'not_verified'],
  ['R1 refuses persons in spite of an affiliation',               own({ sub: owner('own_zhao'), affiliationVerifiedAt: NOW }), 'different_owner'],
  ['R1 allows a company and its verified subsidiary',             companies(NOW),                                      'allow'],
  ['R1 refuses companies whose affiliation was not verified',     companies(null),                                     'different_owner'],
  ['refuses a restricted primary',                                primary({ status: 'restricted' }),                   'account_restricted'],
  ['refuses a closed sub',                                        sub({ status: 'closed' }),                           'account_restricted'],
  ['R3 refuses a personal account whose evidence fell',           primary({ qualification: 'none' }),                  'not_verified'],
  ['R3 refuses a personal sub that is not verified yet',          sub({ qualification: 'in_review' }),                 'not_verified'],
  ['R3 refuses an enterprise without verified qualification',     primary({ ...business, qualification: 'none' }),     'not_verified'],
  ['R3 refuses special industry whose material is in review',     primary({ kind: 'special_industry', qualification: 'in_review' }), 'not_verified'],
  ['R3 refuses a special-industry sub in review',                 sub({ kind: 'special_industry', qualification: 'in_review' }), 'not_verified'],
  ['R32 refuses an enterprise primary without administrator',     primary({ ...business, hasAdministrator: false }),   'not_eligible'],
  ['R32 allows it once it has named one',                         primary(business),                                   'allow'],
  ['R32 asks no administrator of an enterprise sub',              sub({ ...business, hasAdministrator: false }),       'allow'],
  ['refuses to bind an account to itself',                        facts({ accounts: { primary: account('acc_1'), sub: account('acc_1') } }), 'not_eligible'],
  ['refuses a sub that has a primary already',                    graph({ subIsSubOf: counterparty }),                        'already_bound'],
  ['refuses a primary that is a sub (depth)',                     graph({ primaryIsSubOf: counterparty }),                    'not_eligible'],
  ['refuses a primary that is a sub of this very sub (cycle)',    graph({ primaryIsSubOf: 'acc_sub' as AccountId, subIsPrimaryOf: 1 }), 'not_eligible'],
  ['refuses a sub that has subs of its own',                      graph({ subIsPrimaryOf: 1 }),                        'not_eligible'],
  ['R2 allows the third sub',                                     counts(2, 2),                                        'allow'],
  ['R2 refuses the fourth sub of a primary',                      counts(3, 3),                                        'limit_reached'],
  ['R2 refuses the fourth sub of an owner, under another primary', counts(0, 3),                                       'limit_reached'],
  ['R2 tells already bound before the limit',                     facts({ graph: { ...facts().graph, subIsSubOf: counterparty }, counts: { perPrimary: 3, perOwner: 3 } }), 'already_bound'],
  ['R10 allows one device for both sides',                        facts(),                                             'allow'],
  ['R10 allows a device seen for the first time',                 devices({ knownToOwner: false }, { knownToOwner: false }), 'allow'],
  ['R10 allows a device that three owners share',                 devices({ ownersSeen: 3 }, {}),                      'allow'],
  ['R10 sends a device that four owners share to a person',       devices({}, { ownersSeen: 4 }),                      'review'],
  ['R22 a refusal outweighs a review',                            { ...devices({ ownersSeen: 9 }, {}), counts: { perPrimary: 3, perOwner: 3 } }, 'limit_reached'],
];

describe('R38 the pack douyin', () => {
  for (const [name, given, answer] of TABLE) test(name, () => assert.equal(said(given), answer));

  test('R22 records every hook with its version, its verdict and its reasons', () => {
    assert.deepEqual(decide(devices({}, { knownToOwner: false })), {
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
        { id: 'graph', version: 1, verdict: 'allow', reasons: [{ code: 'both_free' }] },
        {
          id: 'limits',
          version: 1,
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

  test('R1 records how the owner was found to be the same', () => {
    assert.deepEqual(decide(facts()).sameOwner, { method: 'identity_document' });
    assert.deepEqual(
      decide(own({ primary: organisation('own_co'), sub: organisation('own_co') })).sameOwner,
      { method: 'legal_entity' },
    );
    assert.deepEqual(decide(companies(NOW)).sameOwner, { method: 'affiliate' });
    assert.equal(decide(companies(null)).sameOwner, undefined);
    assert.equal(decide(own({ sub: owner('own_lin', { verifiedAt: null }) })).sameOwner, undefined);
  });

  test('R2 3 personal, 10 enterprise, 5 special industry: refused exactly when either count has reached the limit', () => {
    const LIMITS = { personal: 3, enterprise: 10, special_industry: 5 } as const;
    const kinds = fc.constantFrom<Kind>('personal', 'enterprise', 'special_industry');
    fc.assert(
      fc.property(kinds, fc.nat(15), fc.nat(15), (kind, perPrimary, perOwner) => {
        const given = { ...primary({ ...business, kind }), counts: { perPrimary, perOwner } };
        const expected =
          perPrimary < LIMITS[kind] && perOwner < LIMITS[kind] ? 'allow' : 'limit_reached';
        assert.equal(said(given), expected);
      }),
      { numRuns: 1000 },
    );
  });

  test('R2 a limit of null is none, whatever the counts', () => {
    const limits = { personal: null, enterprise: null, special_industry: null };
    fc.assert(
      fc.property(fc.nat(), fc.nat(), (perPrimary, perOwner) => {
        assert.equal(
          evaluate({ ...douyin, limits }, HOOKS, counts(perPrimary, perOwner)).verdict,
          'allow',
        );
      }),
    );
  });

  test('R1 for all verified owners: allowed exactly when the identity is one, or both are organisations with a verified tie', () => {
    const anyOwner = fc.record({
      index: fc.constantFrom('a', 'b', 'c'),
      kind: fc.constantFrom('person' as const, 'organisation' as const),
    });
    fc.assert(
      fc.property(anyOwner, anyOwner, fc.boolean(), (a, b, tied) => {
        fc.pre(a.index !== b.index || a.kind === b.kind); // one document has one kind of holder
        const owners = {
          primary: owner(`own_${a.index}`, { kind: a.kind, identityIndex: a.index }),
          sub: owner(`own_${b.index}`, { kind: b.kind, identityIndex: b.index }),
          affiliationVerifiedAt: tied ? NOW : null,
        };
        const expected =
          a.index === b.index || (tied && a.kind === 'organisation' && b.kind === 'organisation');
        assert.equal(said(facts({ owners })), expected ? 'allow' : 'different_owner');
      }),
      { numRuns: 1000 },
    );
  });
});

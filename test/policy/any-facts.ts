import fc from 'fast-check';
import type { Facts } from '../../src/policy/facts.ts';
import type { Proof } from '../../src/policy/step-up.ts';
import { anySignals } from './any-signals.ts';
import { account, device, NOW, owner } from './douyin-facts.ts';

/** Random facts, so that a rule is tested on unexpected ones. */
export const anyFacts: fc.Arbitrary<Facts> = fc.record({
  now: fc.constant(NOW),
  accounts: fc.record({ primary: anyAccount('acc_1'), sub: anyAccount('acc_2') }),
  owners: fc.record({
    primary: fc.option(anyOwner()),
    sub: fc.option(anyOwner()),
    affiliationVerifiedAt: fc.constantFrom(null, NOW),
  }),
  counts: fc.record({ perPrimary: fc.nat(12), perOwner: fc.nat(12) }),
  group: fc.record({ subs: fc.nat(12) }),
  graph: fc.record({
    primaryIsSubOf: fc.constantFrom(null, account('acc_2').id),
    subIsSubOf: fc.constantFrom(null, account('acc_1').id),
    subIsPrimaryOf: fc.nat(2),
  }),
  devices: fc.record({ initiator: anyDevice(), counterparty: anyDevice() }),
  signals: anySignals(),
  clearance: fc.constant(null),
  proofs: fc.record({ initiator: anyProof(), counterparty: anyProof() }),
  answers: fc.constant({}),
});

function anyAccount(id: string) {
  return fc
    .record({
      kind: fc.constantFrom(
        'personal' as const,
        'enterprise' as const,
        'special_industry' as const,
      ),
      platform: fc.constantFrom('local', 'local', 'demo'),
      status: fc.constantFrom(
        'normal' as const,
        'restricted' as const,
        'frozen' as const,
        'closed' as const,
      ),
      qualification: fc.constantFrom('none' as const, 'in_review' as const, 'verified' as const),
      hasAdministrator: fc.boolean(),
    })
    .map((changes) => account(id, changes));
}

function anyOwner() {
  return fc
    .record({ id: fc.constantFrom('own_1', 'own_2'), verifiedAt: fc.constantFrom(null, NOW) })
    .map(({ id, verifiedAt }) => owner(id, { verifiedAt }));
}

export function anyProof(): fc.Arbitrary<Proof | null> {
  return fc.option(
    fc.record({
      by: fc.constantFrom('passkey' as const, 'totp' as const, 'identity_check' as const),
      at: fc.constant(NOW),
    }),
  );
}

function anyDevice() {
  return fc
    .record({ knownToOwner: fc.boolean(), ownersSeen: fc.nat(6) })
    .map((changes) => device('dev_1', changes));
}

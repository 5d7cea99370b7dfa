import type { AccountId, OwnerId } from '../../src/kernel/ids.ts';
import type { AccountFacts, DeviceFacts, Facts, OwnerFacts } from '../../src/policy/facts.ts';
import { loadPacks } from '../../src/policy/registry.ts';

const found = (await loadPacks()).get('douyin');
if (found === undefined) throw new Error('there is no pack douyin');

/** The pack as shipped: what is tested is the data, too. */
export const douyin = found;

export const NOW = new Date('2026-11-22T08:00:00Z');

export function account(id: string, changes: Partial<AccountFacts> = {}): AccountFacts {
  return { id: id as AccountId, kind: 'personal', status: 'normal', qualification: 'verified', hasAdministrator: false, ...changes };
}

export function owner(id: string, changes: Partial<OwnerFacts> = {}): OwnerFacts {
  const verified = { verifiedAt: NOW, verifiedBy: 'identity_document' } as const;
  return { id: id as OwnerId, kind: 'person', identityIndex: `index of ${id}`, ...verified, ...changes };
}

export function device(id: string, changes: Partial<DeviceFacts> = {}): DeviceFacts {
  return { device: id, label: 'Chrome · Android', network: '203.0.113.0/24', knownToOwner: true, ownersSeen: 1, ...changes };
}

/** Two free accounts of one verified person, on one known device: what a pack allows. */
export function facts(changes: Partial<Facts> = {}): Facts {
  return {
    now: NOW,
    accounts: { primary: account('acc_primary'), sub: account('acc_sub') },
    owners: { primary: owner('own_lin'), sub: owner('own_lin'), affiliationVerifiedAt: null },
    counts: { perPrimary: 0, perOwner: 0 },
    graph: { primaryIsSubOf: null, subIsSubOf: null, subIsPrimaryOf: 0 },
    devices: { starter: device('dev_1'), other: device('dev_1') },
    clearance: null,
    answers: {},
    ...changes,
  };
}

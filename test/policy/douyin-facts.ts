import type { AccountId, OwnerId } from '../../src/kernel/ids.ts';
import type { AccountFacts, DeviceFacts, Facts, OwnerFacts } from '../../src/policy/facts.ts';
import { loadPacks } from '../../src/policy/registry.ts';
import type {
  DeviceSignals,
  NetworkSignals,
  SideSignals,
  SignalFacts,
} from '../../src/policy/signal-facts.ts';
import { NO_PROOFS } from '../../src/policy/step-up.ts';

const found = (await loadPacks()).get('douyin');
if (found === undefined) throw new Error('there is no pack douyin');

/** The pack as shipped, so that its data are tested too. */
export const douyin = found;

export const NOW = new Date('2026-11-22T08:00:00Z');

export function account(id: string, changes: Partial<AccountFacts> = {}): AccountFacts {
  return {
    id: id as AccountId,
    platform: 'local',
    kind: 'personal',
    status: 'normal',
    qualification: 'verified',
    hasAdministrator: false,
    ...changes,
  };
}

export function owner(id: string, changes: Partial<OwnerFacts> = {}): OwnerFacts {
  const verified = { verifiedAt: NOW, verifiedBy: 'identity_document' } as const;
  return {
    id: id as OwnerId,
    kind: 'person',
    identityIndex: `index of ${id}`,
    ...verified,
    ...changes,
  };
}

export function device(id: string, changes: Partial<DeviceFacts> = {}): DeviceFacts {
  return {
    device: id,
    label: 'Chrome · Android',
    network: '203.0.113.0/24',
    knownToOwner: true,
    ownersSeen: 1,
    ...changes,
  };
}

/** A person known for months, at home, without any doubt. */
export const CALM: SignalFacts = {
  rehearsal: false,
  initiator: side(),
  counterparty: side(),
  sameNetwork: true,
  sameDevice: true,
  cluster: {
    owners: 1,
    devices: 1,
    exclusiveMembers: 0,
    apart: 2,
    ownDevices: 1,
    attempting: 0,
    refused: 0,
  },
  behaviour: {
    knownDays: 90,
    attemptsHour: 0,
    attemptsDay: 0,
    refusals: 0,
    wrongCodes: 0,
    secondsToComplete: 70,
    hourShare: 0.3,
    irregularity: 1,
    networks: 3,
    networksRepeated: 3,
  },
  money: {
    payoutOwners: 1,
    payoutNear: 0,
    payoutRefused: 0,
    concentration: 1,
    payoutDays: 80,
    switched: false,
    circleDays: null,
    circleOwners: 0,
  },
};

export function side(
  device: Partial<DeviceSignals> = {},
  network: Partial<NetworkSignals> = {},
): SideSignals {
  return {
    device: {
      tenureDays: 90,
      ageDays: 90,
      resemblance: 1,
      drift: 0,
      owners: 1,
      exclusiveMembers: 0,
      contradictions: 0,
      key: 'none',
      passkey: false,
      ...device,
    },
    network: {
      tenureDays: 90,
      owners: 1,
      crowded: false,
      attempting: 0,
      provider: null,
      hosting: null,
      country: null,
      speed: null,
      ...network,
    },
  };
}

/** Two free accounts of one verified person on one known device, which a pack allows. */
export function facts(changes: Partial<Facts> = {}): Facts {
  return {
    now: NOW,
    accounts: { primary: account('acc_primary'), sub: account('acc_sub') },
    owners: { primary: owner('own_lin'), sub: owner('own_lin'), affiliationVerifiedAt: null },
    counts: { perPrimary: 0, perOwner: 0 },
    group: { subs: 0 },
    graph: { primaryIsSubOf: null, subIsSubOf: null, subIsPrimaryOf: 0 },
    devices: { initiator: device('dev_1'), counterparty: device('dev_1') },
    signals: CALM,
    clearance: null,
    proofs: NO_PROOFS,
    answers: {},
    ...changes,
  };
}

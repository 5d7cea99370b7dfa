import type { Account } from '../accounts/account.ts';
import { lockingAccounts, lockingGroupsOf } from '../accounts/accounts.store.ts';
import type { Question } from '../decision-points/decision-point.ts';
import type { AccountId, OwnerId } from '../kernel/ids.ts';
import { affiliationOf } from '../owners/affiliations.store.ts';
import type { Owner } from '../owners/owner.ts';
import type { AccountFacts, DeviceFacts, Facts } from '../policy/facts.ts';
import type { Pack } from '../policy/pack.ts';
import type { Proofs } from '../policy/step-up.ts';
import { type ObservedDevice, sideOf } from '../risk/device.ts';
import { type DeviceHistory, deviceHistoriesOf } from '../risk/devices.store.ts';
import { neighbourhoodOf } from '../risk/neighbourhood.store.ts';
import { signalFactsOf } from '../risk/signal-facts.ts';
import { SerializationFailure, type Tx } from '../store/database.ts';
import { runQueries } from '../store/query.ts';
import type { Role } from './binding-request.ts';
import { type PairFacts, pairFactsOf } from './bindings.store.ts';
import type { StoredRequest } from './request-row.ts';
import { withSignIns } from './step-up.ts';

/** The accounts and owners of an attempt, locked: they do not change until the transaction ends. */
export interface Parties {
  readonly primary: Account;
  readonly sub: Account;
  readonly primaryOwner: Owner | null;
  readonly subOwner: Owner | null;
  /** All owners of the company groups of both, locked too. */
  readonly owners: ReadonlyMap<OwnerId, Owner>;
}

const UNSEEN: ObservedDevice = {
  device: '',
  label: '',
  network: '',
  place: '',
  traits: [],
  contradictions: 0,
  local: false,
  proof: null,
  location: null,
};

/**
 * Locks owners, then accounts, each in the order of their ids; the request is locked already. This
 * one order prevents deadlocks, and no limit, code or graph rule can be raced. One statement locks
 * both: PostgreSQL runs its parts in order, and re-reads a row that it waited for.
 */
export async function lockParties(
  tx: Tx,
  primaryId: AccountId,
  subId: AccountId,
): Promise<Parties> {
  const pair = [primaryId, subId];
  const { owners, accounts } = await runQueries(tx, {
    owners: lockingGroupsOf(pair),
    accounts: lockingAccounts(pair),
  });
  const primary = accounts.get(primaryId);
  const sub = accounts.get(subId);
  if (!primary || !sub) throw new Error(`account ${primary ? subId : primaryId} is gone`);
  const [primaryOwner, subOwner] = [ownerOf(primary, owners), ownerOf(sub, owners)];
  return { primary, sub, primaryOwner, subOwner, owners };
}

/** The primary, then the sub, whichever side they are. */
export function sidesOf(
  role: Role,
  initiator: AccountId,
  counterparty: AccountId,
): readonly [primary: AccountId, sub: AccountId] {
  return role === 'primary' ? [initiator, counterparty] : [counterparty, initiator];
}

/**
 * Null also when the account changed hands between the two locks: it then counts as not verified.
 */
function ownerOf(account: Account, owners: ReadonlyMap<string, Owner>): Owner | null {
  return (account.ownerId !== null && owners.get(account.ownerId)) || null;
}

/** All facts that hooks may ask for, in one statement, under the locks of {@link lockParties}. */
export async function gatherFacts(
  tx: Tx,
  {
    rehearsals,
    proofs,
    pack,
  }: { readonly rehearsals: boolean; readonly proofs: Proofs; readonly pack: Pack },
  stored: StoredRequest,
  {
    parties,
    counterpartyDevice,
  }: { readonly parties: Parties; readonly counterpartyDevice: ObservedDevice },
): Promise<Question['facts']> {
  const { primary, sub } = parties;
  const initiator = stored.role === 'primary' ? primary : sub;
  const counterparty = stored.role === 'primary' ? sub : primary;
  const initiatorDevice = stored.initiatorDevice ?? UNSEEN;
  const { surroundings, affiliatedAt, histories, neighbourhood } = await runQueries(tx, {
    surroundings: pairFactsOf({
      primary,
      sub: sub.id,
      pack: stored.pack,
      except: stored.id,
    }),
    affiliatedAt: affiliationOf(primary.ownerId, sub.ownerId),
    histories: deviceHistoriesOf([
      { device: initiatorDevice.device, owner: initiator.ownerId },
      { device: counterpartyDevice.device, owner: counterparty.ownerId },
    ]),
    neighbourhood: neighbourhoodOf({
      now: stored.now,
      initiator: sideOf(initiator.ownerId, stored.initiatorDevice),
      counterparty: sideOf(counterparty.ownerId, counterpartyDevice),
      accounts: [primary.id, sub.id],
    }),
  });
  const [initiatorHistory, counterpartyHistory] = histories;
  const signals = signalFactsOf(neighbourhood, {
    rehearsals,
    wrongCodes: surroundings.wrong_codes,
    secondsToComplete: surroundings.seconds_since_start,
    proofs,
  });
  return {
    now: stored.now,
    ...factsOfPair(parties, surroundings, affiliatedAt),
    devices: {
      initiator: deviceFacts(initiatorDevice, initiatorHistory),
      counterparty: deviceFacts(counterpartyDevice, counterpartyHistory),
    },
    clearance: surroundings.clearance,
    signals: withSignIns(
      signals,
      { initiator: stored.initiatorDevice, counterparty: counterpartyDevice },
      { pack, now: stored.now },
    ),
  };
}

/**
 * The facts about the two accounts and their owners. Throws {@link SerializationFailure} if an owner
 * that counts was not locked, so that the transaction runs again.
 */
export function factsOfPair(
  { primary, sub, primaryOwner, subOwner, owners }: Parties,
  pair: PairFacts,
  affiliatedAt: Date | null,
): Pick<Facts, 'accounts' | 'owners' | 'counts' | 'group' | 'graph'> {
  if (primaryOwner && pair.company_group.some((id) => !owners.has(id)))
    throw new SerializationFailure('a company group grew before it was locked');
  return {
    accounts: { primary: accountFacts(primary), sub: accountFacts(sub) },
    owners: {
      primary: primaryOwner,
      sub: subOwner,
      affiliationVerifiedAt: primaryOwner && subOwner ? affiliatedAt : null,
    },
    counts: { perPrimary: pair.per_primary, perOwner: pair.per_owner },
    group: { subs: pair.per_group },
    graph: {
      primaryIsSubOf: pair.primary_is_sub_of,
      subIsSubOf: pair.sub_is_sub_of,
      subIsPrimaryOf: pair.sub_is_primary_of,
    },
  };
}

function accountFacts(account: Account): AccountFacts {
  return {
    id: account.id,
    platform: account.platform,
    kind: account.kind,
    status: account.status,
    qualification: account.qualification,
    hasAdministrator: account.administratorId !== null,
  };
}

function deviceFacts(
  { device, label, network }: ObservedDevice,
  history: DeviceHistory | undefined,
): DeviceFacts {
  return {
    device,
    label,
    network,
    knownToOwner: history?.known_to_owner ?? false,
    ownersSeen: history?.owners_seen ?? 0,
  };
}

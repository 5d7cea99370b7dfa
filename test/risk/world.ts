import { createHash } from 'node:crypto';
import type { AccountId, OwnerId } from '../../src/kernel/ids.ts';
import { newId } from '../../src/kernel/ids.ts';
import { NO_PROOFS } from '../../src/policy/step-up.ts';
import { type ObservedDevice, sideOf } from '../../src/risk/device.ts';
import { neighbourhoodOf } from '../../src/risk/neighbourhood.store.ts';
import { signalFactsOf } from '../../src/risk/signal-facts.ts';
import { noteVisit } from '../../src/risk/signals.store.ts';
import { readClock } from '../../src/store/clock.store.ts';
import type { Db } from '../../src/store/database.ts';
import { runQuery } from '../../src/store/query.ts';
import { makeAccount, makeOwner } from '../support/people.ts';

/** A keyed hash of a readable name, as pages make one. */
export function hashed(name: string): string {
  return createHash('sha256').update(name).digest('base64url');
}

export function seen(
  device: string,
  network: string,
  changes: Partial<ObservedDevice> = {},
): ObservedDevice {
  const traits = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];
  return {
    device: hashed(device),
    label: 'Chrome · Android',
    network: '?',
    place: hashed(network),
    traits,
    contradictions: 0,
    local: false,
    proof: null,
    location: null,
    ...changes,
  };
}

export interface Person {
  readonly owner: OwnerId;
  readonly primary: AccountId;
  readonly sub: AccountId;
}

export async function makePerson(db: Db): Promise<Person> {
  const owner = await makeOwner(db);
  return { owner, primary: await makeAccount(db, owner), sub: await makeAccount(db, owner) };
}

export async function visits(
  db: Db,
  { primary, sub }: Person,
  ...at: readonly ObservedDevice[]
): Promise<void> {
  for (const each of at) for (const account of [primary, sub]) await noteVisit(db, account, each);
}

/** The signals of an attempt that a person makes from one place. */
export async function signalsAt(
  db: Db,
  person: Person,
  initiator: ObservedDevice,
  counterparty = initiator,
) {
  const now = await readClock(db);
  const neighbourhood = await runQuery(
    db,
    neighbourhoodOf({
      now,
      initiator: sideOf(person.owner, initiator),
      counterparty: sideOf(person.owner, counterparty),
      accounts: [person.primary, person.sub],
    }),
  );
  return {
    neighbourhood,
    signals: signalFactsOf(neighbourhood, {
      rehearsals: false,
      wrongCodes: 0,
      secondsToComplete: 60,
      proofs: NO_PROOFS,
    }),
  };
}

export const newRequest = () => newId('brq');

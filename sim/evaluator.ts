import type { AccountId, OwnerId } from '../src/kernel/ids.ts';
import { type Decision, evaluate } from '../src/policy/evaluate.ts';
import type { Facts } from '../src/policy/facts.ts';
import type { Hook } from '../src/policy/hook.ts';
import type { Pack } from '../src/policy/pack.ts';
import { NO_PROOFS } from '../src/policy/step-up.ts';
import type { ObservedSide } from '../src/risk/observation.ts';
import { signalFactsOf } from '../src/risk/signal-facts.ts';
import type { AddressBook } from './addresses.ts';
import type { Ledger } from './ledger.ts';
import type { Account, Location, Try } from './world.ts';

const START = Date.UTC(2026, 2, 1, -8); // midnight in China

export function momentOf(day: number): Date {
  return new Date(START + day * 86_400_000);
}

/** Evaluates attempts as the service does: it gathers the same facts and runs the same pack. */
export class Evaluator {
  readonly #pack: Pack;
  readonly #hooks: readonly Hook[];
  readonly #ledger: Ledger;
  /** Owners that ever bound from a device (known_devices). */
  readonly #known = new Map<string, Set<string>>();
  readonly #addresses: AddressBook | null;

  /** Without `addresses`: an operator who has no address database. */
  constructor(
    pack: Pack,
    hooks: readonly Hook[],
    ledger: Ledger,
    addresses: AddressBook | null = null,
  ) {
    this.#pack = pack;
    this.#hooks = hooks;
    this.#ledger = ledger;
    this.#addresses = addresses;
  }

  sideOf(owner: string, { device, network }: Location): ObservedSide {
    return {
      owner,
      device: device.cookie,
      network,
      traits: device.traits,
      contradictions: device.contradictions ?? 0,
      local: false,
      key: device.key ?? '',
      location: this.#addresses?.find(network) ?? null,
    };
  }

  evaluator(facts: Facts): Decision {
    return evaluate(this.#pack, this.#hooks, facts);
  }

  factsOf(attempt: Try, now: Date): Facts {
    const { initiator, counterparty, primary, sub, seconds, wrongCodes } = attempt;
    const sides = [
      this.sideOf(primary.owner, initiator),
      this.sideOf(sub.owner, counterparty),
    ] as const;
    const neighbourhood = this.#ledger.neighbourhood(now, ...sides, [primary.id, sub.id]);
    return {
      now,
      accounts: { primary: accountFacts(primary), sub: accountFacts(sub) },
      owners: {
        primary: ownerFacts(primary, now),
        sub: ownerFacts(sub, now),
        affiliationVerifiedAt: null,
      },
      // The limits of R2 and the graph are tested elsewhere. Here nobody reaches them, so that they
      // stop no attack.
      counts: { perPrimary: 0, perOwner: 0 },
      group: { subs: 0 },
      graph: { primaryIsSubOf: null, subIsSubOf: null, subIsPrimaryOf: 0 },
      devices: {
        initiator: this.#deviceFacts(primary, initiator),
        counterparty: this.#deviceFacts(sub, counterparty),
      },
      clearance: null,
      proofs: NO_PROOFS,
      answers: {},
      signals: signalFactsOf(neighbourhood, {
        rehearsals: false,
        wrongCodes,
        secondsToComplete: seconds,
        proofs: NO_PROOFS,
      }),
    };
  }

  remember({ primary, sub, initiator, counterparty }: Try): void {
    for (const [account, location] of [
      [primary, initiator],
      [sub, counterparty],
    ] as const) {
      const owners = this.#known.get(location.device.cookie) ?? new Set();
      this.#known.set(location.device.cookie, owners.add(account.owner));
    }
  }

  #deviceFacts(account: Account, { device, network }: Location): Facts['devices']['initiator'] {
    const owners = this.#known.get(device.cookie);
    return {
      device: device.cookie,
      label: '',
      network,
      knownToOwner: owners?.has(account.owner) ?? false,
      ownersSeen: owners?.size ?? 0,
    };
  }
}

function accountFacts({ id, kind }: Account): Facts['accounts']['primary'] {
  return {
    id: id as AccountId,
    platform: 'local',
    kind,
    status: 'normal',
    qualification: 'verified',
    hasAdministrator: true,
  };
}

function ownerFacts({ owner, kind }: Account, now: Date): Facts['owners']['primary'] {
  const person = kind === 'personal';
  return {
    id: owner as OwnerId,
    kind: person ? 'person' : 'organisation',
    identityIndex: owner,
    verifiedAt: now,
    verifiedBy: person ? 'identity_document' : 'legal_entity',
  };
}

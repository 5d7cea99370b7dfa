import type { FactorKind } from '../accounts/factor.ts';
import { DAY, plusSeconds } from '../kernel/time.ts';
import { isYoung } from '../policy/hooks/familiarity.ts';
import type { Pack } from '../policy/pack.ts';
import type { SignalFacts } from '../policy/signal-facts.ts';
import { type Asked, type Means, NOTHING_ASKED } from '../policy/step-up.ts';
import type { ObservedDevice } from '../risk/device.ts';
import type { Side } from './binding-request.ts';

/** Identity checks that may fail for one side of one request; after that only a person looks. */
export const MOST_CHECKS = 2;

/** What a side has to prove with. */
export interface Abilities {
  readonly factors: readonly FactorKind[];
  /** It has a factor that is too young to prove anything. */
  readonly young: boolean;
  /** The account is verified as a person's, whose face can be checked (again). */
  readonly check: boolean;
  /** A check is under way. */
  readonly checking: boolean;
  readonly failed: number;
}

/** A thief's first act is to enrol a factor of his own: only what was there before the attempt says whose account it is. */
export function isOldEnough(enrolledAt: Date, days: number, now: Date): boolean {
  return enrolledAt <= plusSeconds(now, -days * DAY);
}

/** All that is asked, where each part of it can be shown by somebody; otherwise nothing: then a person looks. */
export function askable(asked: Asked, abilities: Readonly<Record<Side, Abilities>>): Asked {
  const can = (side: Side, means: Means | null) =>
    means === null ||
    abilities[side].check ||
    (means === 'any' && abilities[side].factors.length > 0);
  const possible =
    can('initiator', asked.initiator) &&
    can('counterparty', asked.counterparty) &&
    (can('initiator', asked.either) || can('counterparty', asked.either));
  return possible ? asked : NOTHING_ASKED;
}

/** The purpose that a proof of a factor is bound to: worth nothing for another request. */
export function purposeOf(requestId: string): string {
  return `step_up:${requestId}`;
}

/**
 * A side that signed in by a passkey has shown who sits there before anybody asked: what its device and place then lack
 * counts for nothing, and nobody is asked. That is more than step-up gives for the same passkey, so it takes an older one:
 * a thief who has the password enrols a passkey and waits for some days, and seldom for weeks after its owner was told.
 * What is young, the passkey or the account, shows whoever came lately; there nothing is waived, and step-up may ask for it.
 */
export function withSignIns(
  signals: SignalFacts,
  devices: Readonly<Record<Side, Pick<ObservedDevice, 'passkeySince'> | null>>,
  { pack, now }: { readonly pack: Pick<Pack, 'stepUp' | 'risk'>; readonly now: Date },
): SignalFacts {
  const { limits } = pack.risk;
  if (isYoung(signals.behaviour, limits)) return signals;
  const days = Math.max(pack.stepUp.factorDays, limits.youngDays);
  const sideOf = (side: Side): SignalFacts[Side] => {
    const since = devices[side]?.passkeySince ?? null;
    if (since === null || !isOldEnough(new Date(since), days, now)) return signals[side];
    return { ...signals[side], device: { ...signals[side].device, passkey: true } };
  };
  return { ...signals, initiator: sideOf('initiator'), counterparty: sideOf('counterparty') };
}

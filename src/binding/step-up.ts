import type { FactorKind } from '../accounts/factor.ts';
import { DAY, plusSeconds } from '../kernel/time.ts';
import { isYoung } from '../policy/hooks/familiarity.ts';
import type { Pack } from '../policy/pack.ts';
import type { SignalFacts } from '../policy/signal-facts.ts';
import { type Asked, type Means, NOTHING_ASKED } from '../policy/step-up.ts';
import type { ObservedDevice } from '../risk/device.ts';
import type { Side } from './binding-request.ts';

/** Identity checks that may fail for one side of one request. After that a person decides. */
export const MOST_CHECKS = 2;

/** What a side can prove with. */
export interface Abilities {
  readonly factors: readonly FactorKind[];
  /** It has a factor that is too young to count. */
  readonly young: boolean;
  /** The account is verified as a person's, whose face can be checked. */
  readonly check: boolean;
  /** A check is waiting for its answer. */
  readonly checking: boolean;
  readonly failed: number;
}

/** A factor counts only if it is older than the attempt: a thief enrols one of their own first. */
export function isOldEnough(enrolledAt: Date, days: number, now: Date): boolean {
  return enrolledAt <= plusSeconds(now, -days * DAY);
}

/**
 * All that is asked, if each part can be shown by somebody. Otherwise nothing: a person decides.
 */
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

/** The purpose that a proof is bound to: it is worth nothing for another request. */
export function purposeOf(requestId: string): string {
  return `step_up:${requestId}`;
}

/**
 * A sign-in by passkey shows who is there, so doubts about its device and place do not count. This
 * gives more than step-up does, so the passkey has to be older: a thief who has the password can
 * enrol one and wait for days, but seldom for weeks, because the owner is told. A young passkey or
 * account waives nothing; step-up may still ask for the passkey.
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

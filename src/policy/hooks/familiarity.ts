import type { Pack } from '../pack.ts';
import type {
  BehaviourSignals,
  DeviceSignals,
  NetworkSignals,
  SideSignals,
} from '../signal-facts.ts';

type Limits = Pack['risk']['limits'];

/**
 * A device that the owner has not used for some days, and that does not resemble their others. A
 * device that resembles them has only lost its cookie.
 */
export function isNewDevice(
  { tenureDays, resemblance, drift }: DeviceSignals,
  limits: Limits,
): boolean {
  if (tenureDays !== null && tenureDays >= limits.settledDays)
    return drift !== null && drift >= limits.drift;
  return resemblance === null || resemblance < limits.alike;
}

/** A crowded network belongs to nobody, however long it has been used. */
export function isNewNetwork({ tenureDays, crowded }: NetworkSignals, limits: Limits): boolean {
  return crowded || tenureDays === null || tenureDays < limits.settledDays;
}

/** A possible stranger: neither the device nor the network is known as the owner's. */
export function isStranger({ device, network }: SideSignals, limits: Limits): boolean {
  return !device.passkey && isNewDevice(device, limits) && isNewNetwork(network, limits);
}

/**
 * A young account's factors, habits and places belong to whoever opened it. That may not be its
 * named owner.
 */
export function isYoung({ knownDays }: BehaviourSignals, limits: Limits): boolean {
  return knownDays < limits.youngDays;
}

/**
 * The cookie belongs to a key that this visitor does not have. It was copied, or the browser's
 * storage was cleared in part.
 */
export function lacksItsKey({ key }: DeviceSignals): boolean {
  return key === 'lost' || key === 'other';
}

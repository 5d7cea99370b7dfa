import type { Pack } from '../pack.ts';
import type {
  BehaviourSignals,
  DeviceSignals,
  NetworkSignals,
  SideSignals,
} from '../signal-facts.ts';

type Limits = Pack['risk']['limits'];

/** Neither seen with the owner for some days nor so like their other devices that only the cookie was lost. */
export function isNewDevice(
  { tenureDays, resemblance, drift }: DeviceSignals,
  limits: Limits,
): boolean {
  if (tenureDays !== null && tenureDays >= limits.settledDays)
    return drift !== null && drift >= limits.drift;
  return resemblance === null || resemblance < limits.alike;
}

/** A crowded network is nobody's own, however long it has been used. */
export function isNewNetwork({ tenureDays, crowded }: NetworkSignals, limits: Limits): boolean {
  return crowded || tenureDays === null || tenureDays < limits.settledDays;
}

/** Somebody who could be anybody: on a device and in a network that the owner is not known by. */
export function isStranger({ device, network }: SideSignals, limits: Limits): boolean {
  return !device.passkey && isNewDevice(device, limits) && isNewNetwork(network, limits);
}

/** Factors, habits and places of a young account tell of whoever opened it, not of whose name it bears. */
export function isYoung({ knownDays }: BehaviourSignals, limits: Limits): boolean {
  return knownDays < limits.youngDays;
}

/** The cookie is one that a key belongs to, and whoever brings it has not that key: copied, or a browser that was half cleared. */
export function lacksItsKey({ key }: DeviceSignals): boolean {
  return key === 'lost' || key === 'other';
}

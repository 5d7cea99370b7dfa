import type { Pack } from '../pack.ts';
import type { DeviceSignals, NetworkSignals, SideSignals } from '../signal-facts.ts';

type Limits = Pack['risk']['limits'];

/** Neither seen with the owner for some days nor so like their other devices that only the cookie was lost. */
export function isNewDevice({ tenureDays, resemblance, drift }: DeviceSignals, limits: Limits): boolean {
  if (tenureDays !== null && tenureDays >= limits.settledDays) return drift !== null && drift >= limits.drift;
  return resemblance === null || resemblance < limits.alike;
}

/** A crowded network is nobody's own, however long it has been used. */
export function isNewNetwork({ tenureDays, crowded }: NetworkSignals, limits: Limits): boolean {
  return crowded || tenureDays === null || tenureDays < limits.settledDays;
}

/** Somebody who could be anybody: on a device and in a network that the owner is not known by. */
export function isStranger({ device, network }: SideSignals, limits: Limits): boolean {
  return isNewDevice(device, limits) && isNewNetwork(network, limits);
}

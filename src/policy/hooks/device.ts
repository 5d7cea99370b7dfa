import type { DeviceFacts, Facts } from '../facts.ts';
import type { Hook, HookVerdict, Reason } from '../hook.ts';
import type { Pack } from '../pack.ts';
import { type Row, weigh } from '../scorecard.ts';
import type { DeviceSignals } from '../signal-facts.ts';
import { isNewDevice, isNewNetwork, isYoung, lacksItsKey } from './familiarity.ts';

type Side = 'initiator' | 'counterparty';

/**
 * R10, R21a: compares the devices of the two logins. Each is compared with the owner's known
 * devices, with the earlier appearance of its cookie, and with the other owners seen on it. A new
 * device alone is no offence. A device shared by many owners without one of their own belongs to a
 * farm. A cookie that appears on another device was copied.
 */
export const device: Hook<'devices' | 'signals'> = {
  id: 'device',
  version: 4,
  needs: ['devices', 'signals'],
  overrulable: true,
  evaluate({ devices, signals }, pack) {
    const shared = sides(devices).filter(([side, seen]) =>
      isSharedByMany(seen, signals[side].device, pack),
    );
    const many = shared.map(([side, { ownersSeen }]) => ({
      code: 'shared_by_many',
      detail: { side, ownersSeen, reviewAboveOwners: pack.device.reviewAboveOwners },
    }));
    const weighed = signals.rehearsal
      ? { verdict: 'allow' as const, reasons: [] }
      : weighSides(signals, shared, pack);
    if (weighed.verdict === 'deny' || (weighed.verdict !== 'allow' && many.length === 0))
      return weighed;
    if (many.length > 0) return { verdict: 'review', reasons: [...many, ...weighed.reasons] };
    return {
      verdict: 'allow',
      reasons: [
        ...comparisonOf(devices),
        ...weighed.reasons.filter(({ code }) => code !== 'nothing_odd'),
      ],
    };
  },
};

/** Counts all owners ever seen on it, except those with devices of their own (R10). */
function isSharedByMany(
  { ownersSeen }: DeviceFacts,
  { owners, exclusiveMembers }: DeviceSignals,
  pack: Pack,
): boolean {
  const free = Math.max(0, owners - 1 - exclusiveMembers);
  return ownersSeen - free > pack.device.reviewAboveOwners;
}

function weighSides(
  signals: Facts['signals'],
  shared: readonly (readonly [Side, DeviceFacts])[],
  pack: Pack,
): HookVerdict {
  const both = (['initiator', 'counterparty'] as const).filter(
    (side) => side === 'initiator' || !signals.sameDevice,
  );
  const rows = both.flatMap((side) => rowsOf(side, signals, pack));
  return weigh(
    [...rows, { when: shared.length > 0, code: 'many_owners', points: 40 }],
    pack.risk.device,
    'nothing_odd',
  );
}

function rowsOf(
  side: Side,
  {
    [side]: { device: seen, network },
    cluster: { ownDevices, refused },
    behaviour,
  }: Facts['signals'],
  pack: Pack,
): readonly Row[] {
  const { drift } = seen;
  const { limits } = pack.risk;
  const isNew = isNewDevice(seen, limits);
  const drifted = drift !== null && drift >= limits.drift;
  const copied = drifted || lacksItsKey(seen);
  // biome-ignore format: a table is read by its columns
  return [
    { when: seen.exclusiveMembers >= 1,                                    code: 'owners_without_a_device_of_their_own', points: (seen.exclusiveMembers < 5 ? 18 : 21) * Math.min(seen.exclusiveMembers, 10), detail: { side, exclusiveMembers: seen.exclusiveMembers }, means: 'identity_check' },
    { when: seen.exclusiveMembers >= 1 && ownDevices === 0,                code: 'like_this_owner',                      points: 36, detail: { side }, means: 'identity_check' },
    { when: seen.exclusiveMembers >= 1 && ownDevices === 0 && refused > 0, code: 'whose_others_were_refused',            points: 52, detail: { side, refused }, means: 'identity_check' },
    { when: drifted,                                                       code: 'cookie_on_another_device',             points: Math.round(60 + 80 * ((drift ?? 0) - limits.drift)), detail: { side, drift }, means: 'any' },
    { when: lacksItsKey(seen),                                             code: 'without_its_key',                      points: 50, detail: { side, key: seen.key }, means: 'any' },
    { when: copied && isNewNetwork(network, limits),                       code: 'and_in_another_network',               points: network.crowded ? 25 : 35, detail: { side }, means: 'any' },
    { when: copied && network.provider === 'new',                          code: 'of_another_provider',                  points: 20, detail: { side }, means: 'any' },
    { when: seen.contradictions === 1,                                     code: 'contradicts_itself',                   points: isNew ? 35 : 15, detail: { side }, means: 'identity_check' },
    { when: seen.contradictions > 1,                                       code: 'contradicts_itself',                   points: 60, detail: { side, times: seen.contradictions }, means: 'identity_check' },
    { when: seen.contradictions > 0 && isYoung(behaviour, limits),         code: 'of_a_young_account',                   points: 35, detail: { side }, means: 'identity_check' },
  ];
}

function comparisonOf(devices: Facts['devices']): readonly Reason[] {
  const known = sides(devices).map(([side, { knownToOwner }]) => ({
    code: knownToOwner ? 'known_device' : 'first_seen',
    detail: { side },
  }));
  return [
    {
      code:
        devices.initiator.device === devices.counterparty.device ? 'same_device' : 'two_devices',
    },
    ...known,
  ];
}

function sides({
  initiator,
  counterparty,
}: Facts['devices']): readonly (readonly [Side, DeviceFacts])[] {
  return [
    ['initiator', initiator],
    ['counterparty', counterparty],
  ];
}

import type { Facts } from '../facts.ts';
import type { Pack } from '../pack.ts';
import type { Row } from '../scorecard.ts';
import { isNewDevice, isNewNetwork, isStranger, isYoung } from './familiarity.ts';

/**
 * R21c: is this the owner? A stranger uses a device *and* a network that the owner is not known by.
 * A traveller has the own device, a new phone the own network, and a new customer no history. A
 * sign-in by passkey clears the side. A proof answers every doubt here: a thief of a cookie,
 * password or phone number has no factor. The factors of a young account only prove who opened it,
 * so there the face is asked for.
 */
export function takeover(signals: Facts['signals'], pack: Pack): readonly Row[] {
  const means = isYoung(signals.behaviour, pack.risk.limits) ? 'identity_check' : 'any';
  return [...stranger(signals, pack), ...journey(signals, pack)].map((row) => ({ ...row, means }));
}

function stranger(
  { initiator, counterparty, behaviour, sameNetwork }: Facts['signals'],
  { risk: { limits } }: Pack,
): readonly Row[] {
  const sides = [initiator, counterparty];
  const strangers = sides.filter((side) => isStranger(side, limits));
  const some = behaviour.knownDays >= limits.knownDays && strangers.length > 0;
  const both = strangers.length === 2;
  // If both sides are strange, either may be asked. Otherwise the strange side is asked.
  const side = both ? {} : { side: strangers[0] === initiator ? 'initiator' : 'counterparty' };
  const newDevices = sides.filter(({ device }) => isNewDevice(device, limits)).length;
  const crowded = strangers.every(
    ({ network }) => network.crowded && (network.tenureDays ?? 0) >= limits.settledDays,
  );
  const has = (what: (side: (typeof strangers)[number]) => boolean): boolean =>
    some && strangers.some(what);
  const odd = isOdd(behaviour, limits) && (some || newDevices > 0);
  const together =
    !some && !isYoung(behaviour, limits) && sides.some((each) => cameTogether(each, limits));
  const { refusals, wrongCodes, hourShare: share } = behaviour;
  const hardlySeen = share === null && behaviour.networks <= 2; // the current one counts among them
  // biome-ignore format: a table is read by its columns
  return [
    { when: some,                                                     code: 'strange_device_and_network', points: both ? 62 : 52, detail: { sides: strangers.length, ...side } },
    { when: together,                                                 code: 'device_and_network_came_together', points: 55 },
    { when: some && !crowded,                                         code: 'a_network_never_used',       points: both ? 20 : 12 },
    { when: some && !both && !sameNetwork,                            code: 'sides_far_apart',            points: 16 },
    { when: has(({ network }) => network.hosting === true),           code: 'in_a_data_centre',           points: 25 },
    { when: has(({ network }) => network.country === 'new'),          code: 'in_another_country',         points: 25 },
    { when: has(({ network }) => network.provider === 'new'),         code: 'of_another_provider',        points: 10 },
    { when: has(({ network }) => isTooFar(network, limits)),          code: 'too_far_for_a_journey', points: 25 },
    { when: has(isFresh),                                             code: 'device_of_today',            points: 20 },
    { when: !both && !sameNetwork && !crowded && has(isFresh),        code: 'as_if_told_the_code',        points: 15 },
    { when: some && both && hardlySeen,                               code: 'and_hardly_seen_before',     points: 15 },
    { when: odd,                                                      code: 'unusual_hour',               points: 25, detail: { share } },
    { when: some && wrongCodes > 1,                                   code: 'wrong_codes',                points: 15, detail: { times: wrongCodes } },
    { when: has(({ device }) => device.contradictions > 0),           code: 'contradicts_itself',         points: 25 },
    { when: refusals > 0 && (some || newDevices > 0),                 code: 'refused_before',             points: 30 * Math.min(refusals, 2), detail: { times: refusals } },
  ];
}

/** Neither side was ever seen: the owner's own device, or a copy of it. */
function journey(
  { initiator, counterparty, behaviour }: Facts['signals'],
  { risk: { limits } }: Pack,
): readonly Row[] {
  const sides = [initiator, counterparty];
  const known =
    behaviour.knownDays >= limits.knownDays &&
    sides.every(({ device }) => !isNewDevice(device, limits) && !device.passkey);
  const moved =
    known && sides.every(({ network }) => isNewNetwork(network, limits) && !network.crowded);
  const has = (what: (side: (typeof sides)[number]) => boolean): boolean =>
    moved && sides.some(what);
  const { refusals, hourShare: share } = behaviour;
  // biome-ignore format: a table is read by its columns
  return [
    { when: moved,                                                           code: 'known_device_elsewhere',  points: 20 },
    { when: has(({ network }) => network.hosting === true),                  code: 'and_in_a_data_centre',    points: 25 },
    { when: has(({ network }) => network.provider === 'new'),                code: 'and_of_another_provider', points: 15 },
    { when: has(({ device }) => device.key === 'none'),                      code: 'and_no_key_to_know_it_by', points: 25 },
    { when: has(({ device }) => (device.drift ?? 0) >= limits.slightDrift),  code: 'and_it_looks_different',  points: 45 },
    { when: moved && isOdd(behaviour, limits),                               code: 'at_an_unusual_hour',      points: 40, detail: { share } },
    { when: moved && refusals > 0,                                           code: 'refused_before',          points: 30 * Math.min(refusals, 2), detail: { times: refusals } },
  ];
}

/**
 * Finds a thief who waited until the device was known. An owner's new device is not first seen in a
 * network that is new too, and then only there.
 */
function cameTogether(
  { device, network }: Facts['signals']['initiator'],
  { settledDays }: Pack['risk']['limits'],
): boolean {
  const [days, since] = [device.tenureDays ?? 0, network.tenureDays ?? 0];
  return (
    !device.passkey &&
    !network.crowded &&
    days >= settledDays &&
    days < 3 * settledDays &&
    Math.abs(days - since) < 0.1
  );
}

/** An owner known in a network for days did not travel, however wrong the address database is. */
function isTooFar(
  { speed, tenureDays }: Facts['signals']['initiator']['network'],
  limits: Pack['risk']['limits'],
): boolean {
  return (speed ?? 0) >= limits.journeySpeed && (tenureDays ?? 0) < limits.settledDays;
}

function isOdd(
  { hourShare }: Facts['signals']['behaviour'],
  limits: Pack['risk']['limits'],
): boolean {
  return hourShare !== null && hourShare <= limits.oddHourShare;
}

function isFresh({ device }: Facts['signals']['initiator']): boolean {
  // A friend's computer is new to the owner, but was seen before.
  return device.ageDays === null || device.ageDays < 0.5;
}

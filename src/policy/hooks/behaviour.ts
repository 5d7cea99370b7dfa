import type { Facts } from '../facts.ts';
import type { Hook } from '../hook.ts';
import type { Pack } from '../pack.ts';
import { type Row, weigh } from '../scorecard.ts';
import { isNewDevice, isNewNetwork, isStranger } from './familiarity.ts';

/**
 * R21c: is it the owner who does this, and is it a person? Somebody on a device *and* in a network that the owner is not
 * known by, at an hour they do not keep, is told apart from a traveller (own device), a new phone (own network) and a new
 * customer (no history to depart from). Scripts are told by being faster, or more regular, than people.
 */
export const behaviour: Hook<'signals'> = {
  id: 'behaviour',
  version: 1,
  needs: ['signals'],
  overrulable: true,
  evaluate({ signals }, pack) {
    if (signals.rehearsal) return { verdict: 'allow', reasons: [{ code: 'rehearsal' }] };
    return weigh([...takeover(signals, pack), ...script(signals, pack), ...haste(signals, pack)], pack.risk.behaviour, 'as_usual');
  },
};

function takeover({ starter, other, behaviour, sameNetwork }: Facts['signals'], pack: Pack): readonly Row[] {
  const { limits } = pack.risk;
  const known = behaviour.knownDays >= limits.knownDays;
  const sides = [starter, other];
  const strangers = sides.filter((side) => isStranger(side, limits));
  const some = known && strangers.length > 0;
  const newDevices = sides.filter(({ device }) => isNewDevice(device, limits)).length;
  const crowded = strangers.every(({ network }) => network.crowded && (network.tenureDays ?? 0) >= limits.settledDays);
  const moved = known && !some && newDevices === 0 && sides.every(({ network }) => isNewNetwork(network, limits) && !network.crowded);
  const odd = behaviour.hourShare !== null && behaviour.hourShare <= limits.oddHourShare;
  // biome-ignore format: a table is read by its columns
  return [
    { when: some,                                      code: 'strange_device_and_network', points: strangers.length === 2 ? 62 : 52, detail: { sides: strangers.length } },
    { when: some && crowded,                           code: 'but_a_network_often_used',   points: 0 },
    { when: some && !crowded,                          code: 'a_network_never_used',       points: strangers.length === 2 ? 20 : 12 },
    { when: some && strangers.length === 1 && !sameNetwork, code: 'sides_far_apart',       points: 16 },
    { when: some && strangers.some(isFresh),           code: 'device_of_today',            points: 20 },
    { when: odd && (some || newDevices > 0),           code: 'unusual_hour',               points: 25, detail: { share: behaviour.hourShare } },
    { when: moved,                                     code: 'known_device_elsewhere',     points: 20 },
    { when: moved && odd,                              code: 'at_an_unusual_hour',         points: 40, detail: { share: behaviour.hourShare } },
    { when: moved && sides.some(({ device }) => (device.drift ?? 0) >= limits.slightDrift), code: 'and_it_looks_different', points: 45 },
    { when: some && behaviour.wrongCodes > 1,          code: 'wrong_codes',                points: 15, detail: { times: behaviour.wrongCodes } },
    { when: some && strangers.some(({ device }) => device.contradictions > 0), code: 'contradicts_itself', points: 25 },
    { when: behaviour.refusals > 0 && (some || moved || newDevices > 0),                    code: 'refused_before',             points: 30 * Math.min(behaviour.refusals, 2), detail: { times: behaviour.refusals } },
  ];
}

function isFresh({ device }: Facts['signals']['starter']): boolean {
  return device.ageDays === null || device.ageDays < 0.5; // a friend's computer is new to the owner, and not to the world
}

function script({ behaviour, starter, other, cluster, money }: Facts['signals'], pack: Pack): readonly Row[] {
  const { limits } = pack.risk;
  const { secondsToComplete, irregularity, networks, networksRepeated } = behaviour;
  const scripted = secondsToComplete < limits.scriptedSeconds;
  const strange = [starter, other].some(({ device, network }) => isNewDevice(device, limits) || isNewNetwork(network, limits));
  const odd = strange || cluster.captives > 0 || cluster.attempting > 2 || money.payoutOwners >= limits.payoutOwners;
  const rotates = networks >= 5 && networksRepeated === 0; // even a traveller comes home
  const contradicts = starter.device.contradictions + other.device.contradictions > 0;
  // biome-ignore format: a table is read by its columns
  return [
    { when: scripted,                 code: 'faster_than_a_person',   points: 70, detail: { seconds: Math.round(secondsToComplete) } },
    { when: scripted && odd,                                            code: 'and_not_at_home',         points: 25 },
    { when: irregularity !== null && irregularity < limits.regular,     code: 'visits_by_timetable',    points: 50, detail: { irregularity } },
    { when: rotates,                                                    code: 'a_new_network_each_time', points: networks >= 8 ? 90 : 70, detail: { networks, repeated: networksRepeated } },
    { when: rotates && contradicts,                                     code: 'and_contradicts_itself',  points: 30 },
  ];
}

function haste({ behaviour }: Facts['signals'], pack: Pack): readonly Row[] {
  const { attemptsHour, attemptsDay } = behaviour;
  const most = pack.risk.limits.attemptsHour;
  // biome-ignore format: a table is read by its columns
  return [
    { when: attemptsHour > most,     code: 'many_attempts_an_hour', points: 60, detail: { attemptsHour, most } },
    { when: attemptsDay > 3 * most,  code: 'many_attempts_a_day',   points: 40, detail: { attemptsDay } },
  ];
}

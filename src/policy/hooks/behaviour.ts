import type { Facts } from '../facts.ts';
import type { Hook } from '../hook.ts';
import type { Pack } from '../pack.ts';
import { type Row, weigh } from '../scorecard.ts';
import { isNewDevice, isNewNetwork, isYoung } from './familiarity.ts';
import { takeover } from './takeover.ts';

/**
 * R21c: is this the owner, and is it a person? A stranger uses a device *and* a network that the
 * owner is not known by, at an unusual hour. A traveller has the own device, a new phone the own
 * network, and a new customer no history. Scripts are faster or more regular than people.
 */
export const behaviour: Hook<'signals'> = {
  id: 'behaviour',
  version: 3,
  needs: ['signals'],
  overrulable: true,
  evaluate({ signals }, pack) {
    if (signals.rehearsal) return { verdict: 'allow', reasons: [{ code: 'rehearsal' }] };
    return weigh(
      [
        ...takeover(signals, pack),
        ...life(signals, pack),
        ...script(signals, pack),
        ...haste(signals, pack),
      ],
      pack.risk.behaviour,
      'as_usual',
    );
  },
};

function script(
  { behaviour, initiator, counterparty, cluster, money }: Facts['signals'],
  pack: Pack,
): readonly Row[] {
  const { limits } = pack.risk;
  const { secondsToComplete, irregularity } = behaviour;
  const scripted = secondsToComplete < limits.scriptedSeconds;
  const strange = [initiator, counterparty].some(
    ({ device, network }) => isNewDevice(device, limits) || isNewNetwork(network, limits),
  );
  const odd =
    strange ||
    cluster.exclusiveMembers > 0 ||
    cluster.attempting > 2 ||
    money.payoutOwners >= limits.payoutOwners;
  // biome-ignore format: a table is read by its columns
  return [
    { when: scripted,                 code: 'faster_than_a_person',   points: 70, detail: { seconds: Math.round(secondsToComplete) } },
    { when: scripted && odd,                                            code: 'and_not_at_home',         points: 25 },
    { when: irregularity !== null && irregularity < limits.regular,     code: 'visits_by_timetable',    points: 50, detail: { irregularity } },
  ];
}

/**
 * Signs of an invented life: no mobile network between two places, or no place seen twice. A bought
 * identity is found by asking for the face.
 */
function life(
  { behaviour, initiator, counterparty }: Facts['signals'],
  { risk: { limits } }: Pack,
): readonly Row[] {
  const { networks, networksRepeated: repeated, knownDays } = behaviour;
  const young = isYoung(behaviour, limits);
  const rotates = knownDays >= 3 && networks >= 3 && repeated === 0; // even a traveller comes home
  const contradicts = initiator.device.contradictions + counterparty.device.contradictions > 0;
  const rented = [initiator, counterparty].some(
    ({ network }) => network.hosting === true && (network.tenureDays ?? 0) >= 1,
  );
  const means = 'identity_check';
  // biome-ignore format: a table is read by its columns
  return [
    { when: rotates,                                       code: 'a_new_network_each_time', points: networks >= 8 ? 115 : networks >= 5 ? 80 : 50, detail: { networks, repeated }, means },
    { when: rotates && contradicts,                        code: 'and_contradicts_itself',  points: 30, means },
    { when: young && knownDays >= 3 && networks === 1,     code: 'lives_in_one_place',      points: 50, means },
    { when: young && rented,                               code: 'lives_in_a_data_centre',  points: 65, means },
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

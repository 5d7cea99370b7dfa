import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { AddressBook } from '../../sim/addresses.ts';
import { Chance } from '../../sim/chance.ts';
import { Evaluator } from '../../sim/evaluator.ts';
import { Ledger } from '../../sim/ledger.ts';
import { makePeople } from '../../sim/reviewer.ts';
import { proves } from '../../sim/step-up.ts';
import type { Device, Hands, Try } from '../../sim/world.ts';
import type { Decision, HookRecord } from '../../src/policy/evaluate.ts';
import { HOOKS, loadPacks } from '../../src/policy/registry.ts';

const pack = (await loadPacks()).get('douyin');
if (!pack) throw new Error('there is no pack douyin');

const account = (id: string) => ({ id, owner: 'own_1', kind: 'personal' as const });
const device = (key: string | null, cookie = 'browser 1'): Device => ({
  cookie,
  traits: [1, 2, 3],
  key,
});
const NOBODY: Hands = { factor: false, face: false };
const CODE: Hands = { factor: true, face: false };
const FACE: Hands = { factor: false, face: true };

function attempt(
  initiator: Hands,
  counterparty: Hands = NOBODY,
  key: string | null = 'key 1',
  network = 'block 1 of city 1',
): Try {
  const location = { device: device(key), network };
  return {
    primary: account('acc_1'),
    sub: account('acc_2'),
    initiator: location,
    counterparty: location,
    seconds: 60,
    wrongCodes: 0,
    hands: { initiator, counterparty },
  };
}

const asking = (...details: readonly Readonly<Record<string, unknown>>[]): HookRecord => ({
  id: 'a-hook',
  version: 1,
  verdict: 'step_up',
  reasons: details.map((detail) => ({ code: 'a_reason', detail })),
});
const decided = (verdict: Decision['verdict'], ...hooks: readonly HookRecord[]) =>
  ({ verdict, hooks }) as unknown as Decision;

describe('a proof in the simulation', () => {
  const face = { means: 'identity_check' };
  // biome-ignore format: a table is read by its columns
  const TABLE: readonly (readonly [string, readonly HookRecord[], Hands, Hands, boolean])[] = [
    ['no proof at all is not enough',                         [asking({})],                                    NOBODY, NOBODY, false],
    ['with no side named, a factor of either side is enough', [asking({})],                                    NOBODY, CODE,   true],
    ['only the named side can prove',                         [asking({ side: 'initiator' })],                   NOBODY, CODE,   false],
    ['two named sides must both prove',                       [asking({ side: 'initiator' }, { side: 'counterparty' })], CODE,  NOBODY, false],
    ['a factor does not replace a face',                      [asking(face)],                                  CODE,   CODE,   false],
    ['a face replaces a factor',                              [asking({ side: 'initiator' })],                   FACE,   NOBODY, true],
    ['the named side must show its own face',                 [asking({ side: 'counterparty', ...face })],            FACE,   CODE,   false],
    ['a reason without a side concerns the named sides',      [asking({ side: 'counterparty' }, face)],               FACE,   CODE,   false],
    ['what two hooks ask for must both be shown',             [asking({ side: 'initiator' }), asking(face)],     CODE,   FACE,   true],
    ['a hook that allows asks for nothing',                   [{ ...asking(face), verdict: 'allow' }],         NOBODY, NOBODY, true],
  ];
  for (const [what, hooks, initiator, counterparty, passes] of TABLE)
    test(`in the simulation ${what} [R22]`, () =>
      expect(proves(decided('step_up', ...hooks), attempt(initiator, counterparty))).toBe(passes));

  test('who proves passes; of others, all honest and few abnormal get a review', () => {
    const endOf = makePeople(new Chance(1));
    const asked = decided('step_up', asking({}));
    expect(endOf(asked, true, true)).toStrictEqual({ accepted: true, reviewed: false });
    const ends = (abnormal: boolean) =>
      Array.from({ length: 400 }, () => endOf(asked, false, abnormal));
    expect(ends(false).every(({ reviewed }) => reviewed)).toBe(true);
    const others = ends(true);
    expect(others.every(({ accepted, reviewed }) => reviewed || !accepted)).toBe(true);
    const share = others.filter(({ reviewed }) => reviewed).length / others.length;
    expect([`${share}`, share > 0.1 && share < 0.3]).toStrictEqual([`${share}`, true]);
  });

  test('a refusal counts as automatic, and a review as a person’s decision [R24]', () => {
    const endOf = makePeople(new Chance(2));
    const refused = { ...decided('deny'), refusal: 'risk' } as Decision;
    for (const abnormal of [true, false]) {
      expect(endOf(refused, false, abnormal).reviewed).toBe(false);
      expect(endOf(decided('review'), false, abnormal).reviewed).toBe(true);
      expect(endOf(decided('allow'), false, abnormal)).toStrictEqual({
        accepted: true,
        reviewed: false,
      });
    }
  });
});

describe('how the simulated service sees browsers and addresses', () => {
  const now = new Date('2026-04-20T04:00:00Z');
  const daysAgo = (days: number): Date => new Date(now.getTime() - days * 86_400_000);
  const judged = (
    key: string | null,
    network = 'block 1 of city 1',
    addresses: AddressBook | null = new AddressBook(),
  ) => {
    const ledger = new Ledger();
    const evaluator = new Evaluator(pack, HOOKS, ledger, addresses);
    const home = { device: device('key 1'), network: 'block 1 of city 1' };
    for (const days of [20, 12, 1])
      ledger.noteVisit('acc_1', evaluator.sideOf('own_1', home), daysAgo(days));
    const tried = attempt(NOBODY, NOBODY, key, network);
    ledger.noteVisit('acc_1', evaluator.sideOf('own_1', tried.initiator), now);
    return evaluator.factsOf(tried, now).signals.initiator;
  };

  test('a copied cookie lacks the key, and a program on the machine has it', () => {
    expect(judged('key 1').device.key).toBe('held');
    expect(judged(null).device.key).toBe('lost');
    expect(judged('key 2').device.key).toBe('other');
  });

  test('addresses of hosting and homes are located only with a database', () => {
    const book = new AddressBook();
    const centre = Array.from({ length: 60 }, (_, at) => `centre ${at}`).find(
      (name) => book.find(name)?.hosting,
    );
    expect(centre).toBeTruthy();
    expect(judged('key 1', centre).network.hosting).toBe(true);
    expect(judged('key 1', centre).network.provider).toBe('new');
    const { provider, hosting, country, speed } = judged('key 1', centre, null).network;
    expect([provider, hosting, country, speed]).toStrictEqual([null, null, null, null]);
  });

  test('databases give one place for a network, in whole degrees at the finest', () => {
    const kind = fc.constantFrom(
      'carrier',
      'block',
      'office',
      'hotel',
      'vpn',
      'centre',
      'line',
      'campus',
    );
    fc.assert(
      fc.property(kind, fc.nat(400), fc.nat(6), (what, at, city) => {
        const network = `${what} ${at} of city ${city}`;
        const location = new AddressBook().find(network);
        expect(location).toStrictEqual(new AddressBook().find(network));
        if (location === null) return;
        expect(Number.isInteger(location.latitude)).toBe(true);
        expect(Number.isInteger(location.longitude)).toBe(true);
        expect(Number.isInteger(location.provider)).toBe(true);
        expect(!location.hosting || what === 'vpn' || what === 'centre').toBe(true);
      }),
    );
  });
});

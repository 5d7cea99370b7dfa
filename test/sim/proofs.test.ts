import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
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
    ['nothing is no proof',                              [asking({})],                                    NOBODY, NOBODY, false],
    ['of no side named, either’s factor will do',        [asking({})],                                    NOBODY, CODE,   true],
    ['the side that is named has to show it',            [asking({ side: 'initiator' })],                   NOBODY, CODE,   false],
    ['of two that are named, both',                      [asking({ side: 'initiator' }, { side: 'counterparty' })], CODE,  NOBODY, false],
    ['a factor is no face',                              [asking(face)],                                  CODE,   CODE,   false],
    ['a face is as good as a factor',                    [asking({ side: 'initiator' })],                   FACE,   NOBODY, true],
    ['a face of the side that is named',                 [asking({ side: 'counterparty', ...face })],            FACE,   CODE,   false],
    ['a reason without a side speaks of those named',    [asking({ side: 'counterparty' }, face)],               FACE,   CODE,   false],
    ['what two hooks ask for has to be shown to both',   [asking({ side: 'initiator' }), asking(face)],     CODE,   FACE,   true],
    ['a hook that allows asks for nothing',              [{ ...asking(face), verdict: 'allow' }],         NOBODY, NOBODY, true],
  ];
  for (const [what, hooks, initiator, counterparty, passes] of TABLE)
    test(`R22 ${what}`, () =>
      assert.equal(proves(decided('step_up', ...hooks), attempt(initiator, counterparty)), passes));

  test('R24 who proves goes through; of who cannot, the honest wait for a person, and most others end there', () => {
    const endOf = makePeople(new Chance(1));
    const asked = decided('step_up', asking({}));
    assert.deepEqual(endOf(asked, true, true), { accepted: true, reviewed: false });
    const ends = (abnormal: boolean) =>
      Array.from({ length: 400 }, () => endOf(asked, false, abnormal));
    assert.ok(ends(false).every(({ reviewed }) => reviewed));
    const others = ends(true);
    assert.ok(others.every(({ accepted, reviewed }) => reviewed || !accepted));
    const share = others.filter(({ reviewed }) => reviewed).length / others.length;
    assert.ok(share > 0.1 && share < 0.3, `${share}`);
  });

  test('R24 a refusal counts as the machine’s, a review as a person’s, whatever comes of an appeal', () => {
    const endOf = makePeople(new Chance(2));
    const refused = { ...decided('deny'), refusal: 'risk' } as Decision;
    for (const abnormal of [true, false]) {
      assert.equal(endOf(refused, false, abnormal).reviewed, false);
      assert.equal(endOf(decided('review'), false, abnormal).reviewed, true);
      assert.deepEqual(endOf(decided('allow'), false, abnormal), {
        accepted: true,
        reviewed: false,
      });
    }
  });
});

describe('what the simulated service sees of browsers and addresses', () => {
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

  test('R21 a copied cookie has not the key, a program on the machine has', () => {
    assert.equal(judged('key 1').device.key, 'held');
    assert.equal(judged(null).device.key, 'lost');
    assert.equal(judged('key 2').device.key, 'other');
  });

  test('R21 a hosting provider’s address is told, a home is known; without a database nothing is', () => {
    const book = new AddressBook();
    const centre = Array.from({ length: 60 }, (_, at) => `centre ${at}`).find(
      (name) => book.find(name)?.hosting,
    );
    assert.ok(centre);
    assert.equal(judged('key 1', centre).network.hosting, true);
    assert.equal(judged('key 1', centre).network.provider, 'new');
    const { provider, hosting, country, speed } = judged('key 1', centre, null).network;
    assert.deepEqual([provider, hosting, country, speed], [null, null, null, null]);
  });

  test('R21 the databases say the same of a network each time, and place nothing finer than in whole degrees', () => {
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
        assert.deepEqual(location, new AddressBook().find(network));
        if (location === null) return;
        assert.ok(
          Number.isInteger(location.latitude) &&
            Number.isInteger(location.longitude) &&
            Number.isInteger(location.provider),
        );
        assert.ok(!location.hosting || what === 'vpn' || what === 'centre');
      }),
    );
  });
});

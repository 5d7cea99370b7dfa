import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  decide,
  evolve,
  type InPersonSigning,
  type SigningCommand,
} from '../../src/evidence/signings/in-person-signing.ts';
import type { AccountId } from '../../src/kernel/ids.ts';
import { LIFETIMES } from '../../src/lifetimes.ts';
import { apply, everyCell } from '../fixtures/state-machine.ts';

const lasts = LIFETIMES.evidence.signing;
const machine = { decide, evolve } as never;
const [anna, bo, cai] = ['acc_anna', 'acc_bo', 'acc_cai'] as unknown as [
  AccountId,
  AccountId,
  AccountId,
];
const at = new Date('2026-09-01T06:00:00Z');
const hour = (n: number) => new Date(at.getTime() + n * 3_600_000);
const place = '上海';
const elsewhere = '杭州';

const STATES = {
  requested: { state: 'requested' },
  appointed: { state: 'appointed', at, place },
  attested: { state: 'attested', at, place, first: anna },
  signed: { state: 'signed', witnesses: [anna, bo], signedAt: hour(1) },
  missed: { state: 'missed' },
  cancelled: { state: 'cancelled' },
} as const satisfies Record<string, InPersonSigning>;

const OUTCOMES: Record<string, InPersonSigning> = {
  moved: { state: 'appointed', at: hour(48), place: elsewhere },
};

// biome-ignore format: a table is read by its columns
const ROWS = {
  //                                                                                       requested       appointed                attested                 signed         missed         cancelled
  'appoint':        { command: { type: 'appoint', at: hour(48), place: elsewhere, now: hour(0) },
                                                                                   cells: 'moved           moved                    !already_attested        !signing_over  !signing_over  !signing_over' },
  'appoint before': { command: { type: 'appoint', at, place, now: at },            cells: '!in_the_past    !in_the_past             !already_attested        !signing_over  !signing_over  !signing_over' },
  'anna attests':   { command: { type: 'attest', by: anna, now: hour(1), lasts },         cells: '!not_appointed  attested                 !second_person_needed    !signing_over  !signing_over  !signing_over' },
  'bo attests':     { command: { type: 'attest', by: bo, now: hour(1), lasts },           cells: '!not_appointed  by_bo                    signed                   !signing_over  !signing_over  !signing_over' },
  'bo, too early':  { command: { type: 'attest', by: bo, now: hour(-1), lasts },          cells: '!not_appointed  !before_the_appointment  !before_the_appointment  !signing_over  !signing_over  !signing_over' },
  'bo, too late':   { command: { type: 'attest', by: bo, now: hour(24), lasts },          cells: '!not_appointed  !after_the_appointment   !after_the_appointment   !signing_over  !signing_over  !signing_over' },
  'miss too early': { command: { type: 'miss', now: hour(23), lasts },                    cells: '!not_appointed  !before_the_appointment  !before_the_appointment  !signing_over  !signing_over  !signing_over' },
  'miss':           { command: { type: 'miss', now: hour(24), lasts },                    cells: '!not_appointed  missed                   missed                   !signing_over  !signing_over  !signing_over' },
  'cancel':         { command: { type: 'cancel' },                                 cells: 'cancelled       cancelled                !already_attested        !signing_over  !signing_over  !signing_over' },
} as const satisfies Record<string, { command: SigningCommand; cells: string }>;

describe('an in-person signing: every state × command', () => {
  everyCell<InPersonSigning, SigningCommand, never>(machine, STATES, ROWS, {
    ...OUTCOMES,
    by_bo: { state: 'attested', at, place, first: bo },
  });
});

test('a signing is complete exactly when two different people attested it [R3]', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(anna, bo, cai), { maxLength: 8 }), (staff) => {
      const end = staff.reduce<InPersonSigning>(
        (is, by) => apply(machine, is, { type: 'attest', by, now: hour(1), lasts }),
        STATES.appointed,
      );
      expect(end.state === 'signed').toBe(new Set(staff).size >= 2);
      if (end.state === 'signed') expect(end.witnesses[0]).not.toBe(end.witnesses[1]);
    }),
  );
});

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  type DepositCommand,
  decide,
  evolve,
  type MicroDeposit,
  TRIES,
} from '../../src/evidence/deposits/micro-deposit.ts';
import { apply, everyCell } from '../fixtures/state-machine.ts';

const machine = { decide, evolve } as never;
const now = new Date('2026-09-01T00:00:00Z');
const until = new Date('2026-09-11T00:00:00Z');

const sent = (wrong: number) => ({ state: 'sent', wrong, until }) as const;

const STATES = {
  ordered: { state: 'ordered' },
  sent: sent(0),
  sent_wrong_2: sent(2),
  confirmed: { state: 'confirmed', confirmedAt: now },
  failed: { state: 'failed', because: 'lapsed' },
} as const satisfies Record<string, MicroDeposit>;

const OUTCOMES: Record<string, MicroDeposit> = {
  'wrong+1': sent(1),
  bounced: { state: 'failed', because: 'bounced' },
  guessed: { state: 'failed', because: 'wrong_amounts' },
  lapsed: { state: 'failed', because: 'lapsed' },
};

// biome-ignore format: a table is read by its columns
const ROWS = {
  //                                                                                    ordered    sent           sent_wrong_2   confirmed      failed
  'sent':            { command: { type: 'sent', until },                        cells: 'sent       !already_sent  !already_sent  !deposit_over  !deposit_over' },
  'bounced':         { command: { type: 'bounced' },                            cells: 'bounced    bounced        bounced        !deposit_over  !deposit_over' },
  'the amount':      { command: { type: 'confirm', right: true, now },          cells: '!not_sent  confirmed      confirmed      !deposit_over  !deposit_over' },
  'a wrong amount':  { command: { type: 'confirm', right: false, now },         cells: '!not_sent  wrong+1        guessed        !deposit_over  !deposit_over' },
  'too late':        { command: { type: 'confirm', right: true, now: until },   cells: '!not_sent  !lapsed        !lapsed        !deposit_over  !deposit_over' },
  'lapse too early': { command: { type: 'lapse', now },                         cells: '!not_sent  !still_open    !still_open    !deposit_over  !deposit_over' },
  'lapse when due':  { command: { type: 'lapse', now: until },                  cells: '!not_sent  lapsed         lapsed         !deposit_over  !deposit_over' },
} as const satisfies Record<string, { command: DepositCommand; cells: string }>;

describe('a micro-deposit: every state × command', () => {
  everyCell<MicroDeposit, DepositCommand, never>(machine, STATES, ROWS, OUTCOMES);
});

test('after three wrong amounts the right one is refused [R3]', () => {
  const guesses = fc.array(fc.boolean(), { minLength: 1, maxLength: 10 });
  fc.assert(
    fc.property(guesses, (tries) => {
      const end = tries.reduce<MicroDeposit>(
        (at, right) => apply(machine, at, { type: 'confirm', right, now }),
        STATES.sent,
      );
      const first = tries.indexOf(true);
      const rightInTime = first !== -1 && first < TRIES;
      expect(end.state === 'confirmed').toBe(rightInTime);
      if (!rightInTime && tries.length >= TRIES) expect(end).toStrictEqual(OUTCOMES.guessed);
    }),
  );
});

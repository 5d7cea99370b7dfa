import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { AccountId } from '../../src/kernel/ids.ts';
import {
  type Deliberation,
  type DeliberationCommand,
  decide,
  evolve,
} from '../../src/review/deliberation.ts';
import { apply, everyCell } from '../fixtures/state-machine.ts';

const machine = { decide, evolve };
const [anna, bert, cora] = ['acc_anna', 'acc_bert', 'acc_cora'] as AccountId[] as [
  AccountId,
  AccountId,
  AccountId,
];

const STATES = {
  two_eyes: { state: 'open', fourEyes: false },
  four_eyes: { state: 'open', fourEyes: true },
  half: { state: 'half', first: anna },
  decided: { state: 'decided', decision: 'reject', by: cora },
  dropped: { state: 'dropped' },
} as const satisfies Record<string, Deliberation>;

const OUTCOMES: Record<string, Deliberation> = {
  'half!': { state: 'half', first: anna },
  'bert_half!': { state: 'half', first: bert },
  'yes!': { state: 'decided', decision: 'accept', by: anna },
  'bert_yes!': { state: 'decided', decision: 'accept', by: bert },
  'no!': { state: 'decided', decision: 'reject', by: anna },
  'bert_no!': { state: 'decided', decision: 'reject', by: bert },
};

// Written by hand: the state after each command in each state. `!` marks a refusal that changes
// nothing.
// biome-ignore format: a table is read by its columns
const ROWS = {
  //                                                     two_eyes   four_eyes   half                   decided           dropped
  'Anna accepts': { command: { type: 'accept', by: anna }, cells: 'yes!       half!       !second_person_needed  !already_decided  !already_decided' },
  'Bert accepts': { command: { type: 'accept', by: bert }, cells: 'bert_yes!  bert_half!  bert_yes!              !already_decided  !already_decided' },
  'Anna rejects': { command: { type: 'reject', by: anna }, cells: 'no!        no!         !second_person_needed  !already_decided  !already_decided' },
  'Bert rejects': { command: { type: 'reject', by: bert }, cells: 'bert_no!   bert_no!    bert_no!               !already_decided  !already_decided' },
  'the matter changes': { command: { type: 'change' },     cells: 'two_eyes   four_eyes   four_eyes              !already_decided  !already_decided' },
  'the matter is over': { command: { type: 'drop' },       cells: 'dropped    dropped     dropped                !already_decided  !already_decided' },
} as const satisfies Record<string, { command: DeliberationCommand; cells: string }>;

describe('the deliberation of a case: every state × command', () => {
  everyCell<Deliberation, DeliberationCommand, never>(machine as never, STATES, ROWS, OUTCOMES);
});

const COMMANDS: readonly DeliberationCommand[] = [
  ...[anna, bert, cora].flatMap((by) => [
    { type: 'accept', by } as const,
    { type: 'reject', by } as const,
  ]),
  { type: 'change' },
  { type: 'drop' },
];
const walks = fc.array(fc.constantFrom(...COMMANDS), { maxLength: 20 });

test('with four eyes a case needs two reviewers who accept the same content [R23]', () => {
  fc.assert(
    fc.property(walks, (walk) => {
      let deliberation: Deliberation = STATES.four_eyes;
      let accepted: AccountId[] = [];
      for (const command of walk) {
        const after: Deliberation = apply<Deliberation, DeliberationCommand, never>(
          machine as never,
          deliberation,
          command,
        );
        if (after !== deliberation && command.type === 'accept') accepted.push(command.by);
        if (after !== deliberation && command.type === 'change') accepted = [];
        deliberation = after;
      }
      if (deliberation.state === 'decided' && deliberation.decision === 'accept')
        expect(new Set(accepted).size).toBe(2);
    }),
    { numRuns: 2000 },
  );
});

test('a decided or dropped case stays so, whatever anybody says later [R23]', () => {
  fc.assert(
    fc.property(fc.constantFrom<Deliberation>(...Object.values(STATES)), walks, (start, walk) => {
      let over: Deliberation | undefined;
      let deliberation = start;
      for (const command of walk) {
        deliberation = apply<Deliberation, DeliberationCommand, never>(
          machine as never,
          deliberation,
          command,
        );
        if (over) expect(deliberation).toBe(over);
        if (deliberation.state === 'decided' || deliberation.state === 'dropped')
          over = deliberation;
      }
    }),
    { numRuns: 2000 },
  );
});

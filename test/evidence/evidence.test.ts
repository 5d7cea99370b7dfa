import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  decide,
  type Evidence,
  type EvidenceCommand,
  type EvidenceState,
  evolve,
} from '../../src/evidence/pieces/evidence.ts';
import { apply, everyCell } from '../fixtures/state-machine.ts';

const machine = { decide, evolve };
const since = new Date('2026-08-01T00:00:00Z');
const now = new Date('2026-09-01T00:00:00Z');
const later = new Date('2026-09-01T00:00:00.001Z');

const STATES = {
  uploaded: { state: 'uploaded' },
  by_provider: { state: 'checking', examiner: 'provider', since },
  by_person: { state: 'checking', examiner: 'person', since },
  accepted: { state: 'accepted', examiner: 'provider', acceptedAt: since, validUntil: later },
  for_good: { state: 'accepted', examiner: 'person', acceptedAt: since, validUntil: null },
  rejected: { state: 'rejected', reason: 'unreadable', rejectedAt: since },
  expired: { state: 'expired', expiredAt: since },
  withdrawn: { state: 'withdrawn', withdrawnAt: since },
} as const satisfies Record<string, Evidence>;

const OUTCOMES: Record<string, Evidence> = {
  'provider!': { state: 'checking', examiner: 'provider', since: now },
  'person!': { state: 'checking', examiner: 'person', since: now },
  'accepted!': { state: 'accepted', examiner: 'provider', acceptedAt: now, validUntil: later },
  'accepted?': { state: 'accepted', examiner: 'person', acceptedAt: now, validUntil: null },
  'rejected!': { state: 'rejected', reason: 'does_not_match', rejectedAt: now },
  'false!': { state: 'rejected', reason: 'found_false', rejectedAt: now },
  'expired!': { state: 'expired', expiredAt: later },
  'withdrawn!': { state: 'withdrawn', withdrawnAt: now },
};

// Written by hand: the state after each command in each state. `!` marks a refusal that changes
// nothing.
// biome-ignore format: a table is read by its columns
const ROWS = {
  //                                                                        uploaded       by_provider        by_person          accepted           for_good           rejected       expired        withdrawn
  'examine by provider': { command: { type: 'examine', examiner: 'provider', now },
                                                                    cells: 'provider!      !already_examined  !already_examined  !already_accepted  !already_accepted  !evidence_over !evidence_over !evidence_over' },
  'examine by person':   { command: { type: 'examine', examiner: 'person', now },
                                                                    cells: 'person!        !already_examined  !already_examined  !already_accepted  !already_accepted  !evidence_over !evidence_over !evidence_over' },
  'refer to a person':   { command: { type: 'refer', now },         cells: '!not_examined  person!            !already_examined  !already_accepted  !already_accepted  !evidence_over !evidence_over !evidence_over' },
  'accept by provider':  { command: { type: 'accept', by: 'provider', validUntil: later, now },
                                                                    cells: '!not_examined  accepted!          !not_the_examiner  !already_accepted  !already_accepted  !evidence_over !evidence_over !evidence_over' },
  'accept by person':    { command: { type: 'accept', by: 'person', validUntil: null, now },
                                                                    cells: '!not_examined  !not_the_examiner  accepted?          !already_accepted  !already_accepted  !evidence_over !evidence_over !evidence_over' },
  'accept what is old':  { command: { type: 'accept', by: 'person', validUntil: now, now },
                                                                    cells: '!not_examined  !not_the_examiner  !out_of_date       !already_accepted  !already_accepted  !evidence_over !evidence_over !evidence_over' },
  'reject by provider':  { command: { type: 'reject', by: 'provider', reason: 'does_not_match', now },
                                                                    cells: '!not_examined  rejected!          !not_the_examiner  !already_accepted  !already_accepted  !evidence_over !evidence_over !evidence_over' },
  'reject by person':    { command: { type: 'reject', by: 'person', reason: 'does_not_match', now },
                                                                    cells: '!not_examined  !not_the_examiner  rejected!          !already_accepted  !already_accepted  !evidence_over !evidence_over !evidence_over' },
  'refute':              { command: { type: 'refute', now },        cells: '!not_accepted  !not_accepted      !not_accepted      false!             false!             !evidence_over !evidence_over !evidence_over' },
  'overturn':            { command: { type: 'overturn', validUntil: null, now },
                                                                    cells: '!not_rejected  !not_rejected      !not_rejected      !not_rejected      !not_rejected      accepted?      !evidence_over !evidence_over' },
  'overturn what is old':{ command: { type: 'overturn', validUntil: now, now },
                                                                    cells: '!not_rejected  !not_rejected      !not_rejected      !not_rejected      !not_rejected      !out_of_date   !evidence_over !evidence_over' },
  'expire too early':    { command: { type: 'expire', now },        cells: '!not_accepted  !not_accepted      !not_accepted      !still_valid       !still_valid       !evidence_over !evidence_over !evidence_over' },
  'expire when due':     { command: { type: 'expire', now: later }, cells: '!not_accepted  !not_accepted      !not_accepted      expired!           !still_valid       !evidence_over !evidence_over !evidence_over' },
  'withdraw':            { command: { type: 'withdraw', now },      cells: 'withdrawn!     withdrawn!         withdrawn!         withdrawn!         withdrawn!         !evidence_over !evidence_over !evidence_over' },
} as const satisfies Record<string, { command: EvidenceCommand; cells: string }>;

describe('a piece of evidence: every state × command', () => {
  everyCell<Evidence, EvidenceCommand, never>(machine as never, STATES, ROWS, OUTCOMES);
});

/** The arrows of the diagram in the comment of the type. */
const ARROWS: Record<EvidenceState, readonly EvidenceState[]> = {
  uploaded: ['checking', 'withdrawn'],
  checking: ['checking', 'accepted', 'rejected', 'withdrawn'],
  accepted: ['rejected', 'expired', 'withdrawn'],
  rejected: ['accepted'],
  expired: [],
  withdrawn: [],
};

test('expired and withdrawn are final, and only an appeal leaves rejected [R5, R23]', () => {
  const commands = Object.values(ROWS).map(({ command }) => command as EvidenceCommand);
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...commands), { maxLength: 30 }), (walk) => {
      let evidence: Evidence = STATES.uploaded;
      for (const command of walk) {
        const after = apply(machine as never, evidence, command) as Evidence;
        if (after !== evidence)
          expect([
            `${evidence.state} → ${after.state}`,
            ARROWS[evidence.state].includes(after.state),
          ]).toStrictEqual([`${evidence.state} → ${after.state}`, true]);
        if (after !== evidence && evidence.state === 'rejected')
          expect(command.type).toBe('overturn');
        evidence = after;
      }
    }),
    { numRuns: 2000 },
  );
});

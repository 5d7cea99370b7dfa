import assert from 'node:assert/strict';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  type BindingRequest,
  decide,
  evolve,
  type RequestCommand,
  type RequestState,
} from '../../src/binding/binding-request.ts';
import type { AccountId, BindingId, DecisionId } from '../../src/kernel/ids.ts';
import { type Asked, NO_PROOFS } from '../../src/policy/step-up.ts';

const initiator = 'acc_initiator' as AccountId;
const counterparty = 'acc_other' as AccountId;
const decisionId = 'dec_1' as DecisionId;
const bindingId = 'bnd_1' as BindingId;
const due = new Date('2026-11-24T00:00:00Z');
const at = (second: number) => new Date(Date.UTC(2026, 10, 22, 8, 0, second));
const until = new Date('2026-11-22T08:10:00Z');
const asked: Asked = { initiator: 'any', counterparty: 'identity_check', either: null };
const allowed = 5;

const REQUESTS = {
  created: { state: 'created' },
  offered: { state: 'offered', initiator, wrongCodes: 0 },
  answered: { state: 'answered', initiator, counterparty, decisionId },
  proving: {
    state: 'proving',
    initiator,
    counterparty,
    decisionId,
    asked,
    proofs: NO_PROOFS,
    until,
  },
  in_review: { state: 'in_review', initiator, counterparty, decisionId, due },
  approved: { state: 'approved', initiator, counterparty, bindingId },
  redeemed: { state: 'redeemed', initiator, counterparty, bindingId, redeemedAt: at(0) },
  refused: { state: 'refused', refusal: 'different_owner' },
  expired: { state: 'expired', because: 'time' },
} as const satisfies Record<RequestState, BindingRequest>;

const passkey = { by: 'passkey', at: at(5) } as const;
const face = { by: 'identity_check', at: at(6) } as const;
const left: Asked = { initiator: null, counterparty: 'identity_check', either: null };
const later = new Date('2026-11-23T08:00:00Z');

/** The state that a cell of the table below names. */
const OUTCOMES: Record<string, BindingRequest> = {
  ...REQUESTS,
  'offered+1': { state: 'offered', initiator, wrongCodes: 1 },
  by_owner: { state: 'refused', refusal: 'refused_by_owner' },
  withdrawn: { state: 'expired', because: 'withdrawn' },
  timed_out: { state: 'expired', because: 'time' },
  wrong_codes: { state: 'expired', because: 'wrong_codes' },
  given_up: { state: 'refused', refusal: 'risk' },
  proved: { ...REQUESTS.proving, asked: left, proofs: { initiator: passkey, counterparty: null } },
  longer: { ...REQUESTS.proving, until: later },
};

const allow = { verdict: 'allow', decisionId, bindingId } as const;
const review = { verdict: 'review', decisionId, due } as const;
const stepUp = { verdict: 'step_up', decisionId, due, asked, until } as const;
/** The outcome for a proof; its time does not count. */
const more = { verdict: 'step_up', decisionId, due, asked: left, until: later } as const;
const deny = { verdict: 'deny', decisionId, refusal: 'different_owner' } as const;

const COMMANDS = {
  offer: { type: 'offer', initiator },
  'renew by initiator': { type: 'renew_code', by: 'initiator' },
  'renew by other': { type: 'renew_code', by: 'counterparty' },
  'wrong code': { type: 'wrong_code', allowed },
  'last wrong code': { type: 'wrong_code', allowed: 1 },
  'answer allow': { type: 'answer', counterparty, confirmation: false, ...allow },
  'answer step_up': { type: 'answer', counterparty, confirmation: false, ...stepUp },
  'answer review': { type: 'answer', counterparty, confirmation: false, ...review },
  'answer deny': { type: 'answer', counterparty, confirmation: false, ...deny },
  'ask allow': { type: 'answer', counterparty, confirmation: true, ...allow },
  'ask review': { type: 'answer', counterparty, confirmation: true, ...review },
  'ask deny': { type: 'answer', counterparty, confirmation: true, ...deny },
  'answer by self': { type: 'answer', counterparty: initiator, confirmation: false, ...allow },
  'decline by initiator': { type: 'decline', by: 'initiator' },
  'decline by other': { type: 'decline', by: 'counterparty' },
  'confirm allow': { type: 'confirm', ...allow },
  'confirm step_up': { type: 'confirm', ...stepUp },
  'confirm review': { type: 'confirm', ...review },
  'confirm deny': { type: 'confirm', ...deny },
  'prove allow': { type: 'prove', side: 'initiator', proof: passkey, ...allow },
  'prove step_up': { type: 'prove', side: 'initiator', proof: passkey, ...more },
  'prove review': { type: 'prove', side: 'counterparty', proof: face, ...review },
  'prove deny': { type: 'prove', side: 'initiator', proof: passkey, ...deny },
  'prove too little': { type: 'prove', side: 'counterparty', proof: passkey, ...allow },
  'await check': { type: 'await_check', until: later },
  'person step_up': { type: 'ask_person', ...stepUp },
  'person allow': { type: 'ask_person', ...allow },
  'person deny': { type: 'ask_person', ...deny },
  'review accept': { type: 'decide_review', accept: true, bindingId },
  'review reject': {
    type: 'decide_review',
    accept: false,
    by: 'reviewer',
    refusal: 'different_owner',
  },
  'review denied': {
    type: 'decide_review',
    accept: false,
    by: 'policy',
    refusal: 'different_owner',
  },
  redeem: { type: 'redeem', now: at(0) },
  'redeem at 60 s': { type: 'redeem', now: at(60) },
  'redeem at 61 s': { type: 'redeem', now: at(61) },
  expire: { type: 'expire' },
} as const satisfies Record<string, RequestCommand>;

type CommandName = keyof typeof COMMANDS;

const COLUMNS = [
  'created',
  'offered',
  'answered',
  'proving',
  'in_review',
  'approved',
  'redeemed',
  'refused',
  'expired',
] as const;

// Written by hand. A name is the request after the command, `=` the same request, `!` a refusal
// that changes nothing.
// biome-ignore format: a table is read by its columns
const TABLE = {
  //                     created     offered       answered   proving     in_review      approved  redeemed           refused expired
  'offer':               'offered     !done         !done      !done       !done          !done     !done              !over   !over',
  'renew by initiator':    '!early      =             !done      !done       !done          !done     !done              !over   !over',
  'renew by other':      '!early      !initiator_only !done      !done       !done          !done     !done              !over   !over',
  'wrong code':          '!early      offered+1     !done      !done       !done          !done     !done              !over   !over',
  'last wrong code':     '!early      wrong_codes   !done      !done       !done          !done     !done              !over   !over',
  'answer allow':        '!early      approved      !done      !done       !done          !done     !done              !over   !over',
  'answer step_up':      '!early      proving       !done      !done       !done          !done     !done              !over   !over',
  'answer review':       '!early      in_review     !done      !done       !done          !done     !done              !over   !over',
  'answer deny':         '!early      refused       !done      !done       !done          !done     !done              !over   !over',
  'ask allow':           '!early      answered      !done      !done       !done          !done     !done              !over   !over',
  'ask review':          '!early      answered      !done      !done       !done          !done     !done              !over   !over',
  'ask deny':            '!early      refused       !done      !done       !done          !done     !done              !over   !over',
  'answer by self':      '!early      !same_account !done      !done       !done          !done     !done              !over   !over',
  'decline by initiator':  'by_owner    withdrawn     by_owner   withdrawn   withdrawn      !done     !done              !over   !over',
  'decline by other':    '!early      by_owner      withdrawn  withdrawn   withdrawn      !done     !done              !over   !over',
  'confirm allow':       '!early      !early        approved   !done       !done          !done     !done              !over   !over',
  'confirm step_up':     '!early      !early        proving    !done       !done          !done     !done              !over   !over',
  'confirm review':      '!early      !early        in_review  !done       !done          !done     !done              !over   !over',
  'confirm deny':        '!early      !early        refused    !done       !done          !done     !done              !over   !over',
  'prove allow':         '!early      !early        !early     approved    !done          !done     !done              !over   !over',
  'prove step_up':       '!early      !early        !early     proved      !done          !done     !done              !over   !over',
  'prove review':        '!early      !early        !early     in_review   !done          !done     !done              !over   !over',
  'prove deny':          '!early      !early        !early     refused     !done          !done     !done              !over   !over',
  'prove too little':    '!early      !early        !early     !not_enough !done          !done     !done              !over   !over',
  'await check':         '!early      !early        !early     longer      !done          !done     !done              !over   !over',
  'person step_up':      '!early      !early        !early     in_review   !done          !done     !done              !over   !over',
  'person allow':        '!early      !early        !early     approved    !done          !done     !done              !over   !over',
  'person deny':         '!early      !early        !early     refused     !done          !done     !done              !over   !over',
  'review accept':       '!early      !early        !early     !early      approved       !done     !done              !over   !over',
  'review reject':       '!early      !early        !early     !early      refused        !done     !done              !over   !over',
  'review denied':       '!early      !early        !early     !early      refused        !done     !done              !over   !over',
  'redeem':              '!early      !early        !early     !early      !early         redeemed  =                  !over   !over',
  'redeem at 60 s':      '!early      !early        !early     !early      !early         redeemed* =                  !over   !over',
  'redeem at 61 s':      '!early      !early        !early     !early      !early         redeemed* !already_redeemed  !over   !over',
  'expire':              'timed_out   timed_out     timed_out  given_up    !awaits_review !done     !done              !over   !over',
} as const satisfies Record<CommandName, string>;

const SHORT: Record<string, string> = {
  early: 'too_early',
  done: 'already_done',
  over: 'request_over',
};

function apply(request: BindingRequest, command: RequestCommand): BindingRequest {
  const decided = decide(command, request);
  return decided.ok ? decided.value.reduce(evolve, request) : request;
}

describe('a binding request: every state × command', () => {
  const names = Object.keys(COMMANDS) as CommandName[];
  for (const name of names) {
    const cells = TABLE[name].split(/\s+/);
    test(`${name}: ${COLUMNS.map((state, i) => `${state} → ${cells[i]}`).join(', ')}`, () => {
      expect(cells.length).toBe(COLUMNS.length);
      for (const [i, state] of COLUMNS.entries())
        expectCell(REQUESTS[state], COMMANDS[name], String(cells[i]));
    });
  }

  test('the table names every command type in every state', () => {
    expect(new Set(COLUMNS)).toStrictEqual(new Set(Object.keys(REQUESTS)));
    const types = new Set(names.map((name) => COMMANDS[name].type));
    expect(types.size).toBe(12);
  });
});

function expectCell(before: BindingRequest, command: RequestCommand, cell: string) {
  const decided = decide(command, before);
  if (cell.startsWith('!')) {
    const code = cell.slice(1);
    assert.equal(decided.ok, false, `${before.state}: ${cell}`);
    expect([before.state, decided.refusal.code]).toStrictEqual([before.state, SHORT[code] ?? code]);
    expect(decided.refusal.site).toMatch(/^BIND-[0-9A-Z]{3}$/);
    return;
  }
  expect([`${before.state}: ${cell}`, decided.ok]).toStrictEqual([
    `${before.state}: ${cell}`,
    true,
  ]);
  const after = apply(before, command);
  if (cell === '=') expect(after).toStrictEqual(before);
  else if (cell === 'redeemed*')
    expect(after).toStrictEqual({
      ...REQUESTS.redeemed,
      redeemedAt: 'now' in command && command.now,
    });
  else expect([before.state, after]).toStrictEqual([before.state, OUTCOMES[cell]]);
}

describe('a binding request over time', () => {
  test('the fifth wrong code ends the request, even with a new code in between [R7]', () => {
    const wrong = COMMANDS['wrong code'];
    const four = [wrong, wrong, COMMANDS['renew by initiator'], wrong, wrong].reduce(
      apply,
      REQUESTS.offered as BindingRequest,
    );
    expect(four).toStrictEqual({ state: 'offered', initiator, wrongCodes: 4 });
    expect(apply(four, wrong)).toStrictEqual({ state: 'expired', because: 'wrong_codes' });
  });

  test('a code works once: after the first answer each other is refused [R7]', () => {
    const answered = apply(REQUESTS.offered, COMMANDS['answer allow']);
    const again = decide(
      { ...COMMANDS['answer allow'], counterparty: 'acc_third' as AccountId },
      answered,
    );
    expect(!again.ok && again.refusal.code).toBe('already_done');
  });

  /** The arrows of the diagram in the comment of the type, by state. */
  const ARROWS: Record<RequestState, readonly RequestState[]> = {
    created: ['offered', 'refused', 'expired'],
    offered: ['offered', 'answered', 'proving', 'in_review', 'approved', 'refused', 'expired'],
    answered: ['approved', 'proving', 'in_review', 'refused', 'expired'],
    proving: ['proving', 'approved', 'in_review', 'refused', 'expired'],
    in_review: ['approved', 'refused', 'expired'],
    approved: ['redeemed'],
    redeemed: ['redeemed'],
    refused: [],
    expired: [],
  };
  const commands = fc.array(fc.constantFrom<RequestCommand>(...Object.values(COMMANDS)), {
    maxLength: 40,
  });

  test('no sequence of commands leaves the diagram or revives a finished request', () => {
    fc.assert(
      fc.property(commands, (walk) => {
        let request: BindingRequest = REQUESTS.created;
        for (const command of walk) {
          const decided = decide(command, request);
          for (const event of decided.ok ? decided.value : []) {
            const after = evolve(request, event);
            expect([
              `${request.state} → ${after.state}`,
              ARROWS[request.state].includes(after.state),
            ]).toStrictEqual([`${request.state} → ${after.state}`, true]);
            request = after;
          }
        }
      }),
      { numRuns: 2000 },
    );
  });

  test('only an allowing decision, confirmation or reviewer approves a request', () => {
    const yes = (command: RequestCommand) =>
      ('verdict' in command && command.verdict === 'allow') ||
      (command.type === 'decide_review' && command.accept);
    fc.assert(
      fc.property(commands, (walk) => {
        const end = walk
          .filter((command) => !yes(command))
          .reduce(apply, REQUESTS.created as BindingRequest);
        expect(end.state).not.toBe('approved');
        expect(end.state).not.toBe('redeemed');
      }),
      { numRuns: 2000 },
    );
  });

  test('only a side that is asked can prove, and a code never counts as a face [R22]', () => {
    const onlyOther = { ...REQUESTS.proving, asked: left } as BindingRequest;
    const proved = decide(COMMANDS['prove allow'], onlyOther);
    expect(!proved.ok && proved.refusal.code).toBe('not_asked');
    const either = {
      ...REQUESTS.proving,
      asked: { initiator: null, counterparty: null, either: 'any' },
    } as BindingRequest;
    for (const side of ['initiator', 'counterparty'] as const)
      expect(apply(either, { ...COMMANDS['prove allow'], side }).state).toBe('approved');
    const withFace = {
      ...REQUESTS.proving,
      asked,
      proofs: { initiator: face, counterparty: null },
    } as BindingRequest;
    const after = apply(withFace, COMMANDS['prove step_up']);
    // a later code does not replace a face
    expect(after.state === 'proving' && after.proofs.initiator).toStrictEqual(face);
  });

  test('a request is never changed in place', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.values(REQUESTS)),
        fc.constantFrom(...Object.values(COMMANDS)),
        (request, command) => {
          const frozen = Object.freeze({ ...request }) as BindingRequest;
          apply(frozen, Object.freeze({ ...command }) as RequestCommand);
          expect(frozen).toStrictEqual(request);
        },
      ),
    );
  });
});

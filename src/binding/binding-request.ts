import { ok, type Result, refuse } from '../kernel/refusals.ts';
import { plusSeconds } from '../kernel/time.ts';
import { isEnough, meansFor, NO_PROOFS, type Proofs, withProof } from '../policy/step-up.ts';
import type { PolicyOutcome } from './policy-outcome.ts';
import type {
  BindingRequest,
  RequestCommand,
  RequestEvent,
  RequestRefusalCode,
  Side,
  Sides,
} from './request-states.ts';

export type {
  BindingRequest,
  RequestCommand,
  RequestRefusalCode,
  Role,
  Side,
} from './request-states.ts';

export type RequestState = BindingRequest['state'];
type CommandType = RequestCommand['type'];
type Request<S extends RequestState> = Extract<BindingRequest, { state: S }>;
type Command<C extends CommandType> = Extract<RequestCommand, { type: C }>;
type Decided = Result<readonly RequestEvent[], RequestRefusalCode>;
type Rule<S extends RequestState, C extends CommandType> = (
  request: Request<S>,
  command: Command<C>,
) => Decided;

/** The step before this one has not been taken. */
const early = refusing('too_early', 'BIND-2R5');
/** This step, or one that rules it out, has been taken. */
const done = refusing('already_done', 'BIND-2R6');
const over = refusing('request_over', 'BIND-2R7');

// biome-ignore format: a table is read by its columns
const RULES = {
  created:   { offer,       renew_code: early, wrong_code: early, answer: early, decline,       confirm: early, prove: early, await_check: early, ask_person: early, decide_review: early, redeem: early, expire },
  offered:   { offer: done, renew_code: renew, wrong_code: count, answer,        decline,       confirm: early, prove: early, await_check: early, ask_person: early, decide_review: early, redeem: early, expire },
  answered:  { offer: done, renew_code: done,  wrong_code: done,  answer: done,  decline,       confirm,        prove: early, await_check: early, ask_person: early, decide_review: early, redeem: early, expire },
  proving:   { offer: done, renew_code: done,  wrong_code: done,  answer: done,  decline,       confirm: done,  prove,        await_check,        ask_person,        decide_review: early, redeem: early, expire: giveUp },
  in_review: { offer: done, renew_code: done,  wrong_code: done,  answer: done,  decline,       confirm: done,  prove: done,  await_check: done,  ask_person: done,  decide_review: decideReview, redeem: early, expire: awaitsReview },
  approved:  { offer: done, renew_code: done,  wrong_code: done,  answer: done,  decline: done, confirm: done,  prove: done,  await_check: done,  ask_person: done,  decide_review: done,  redeem,        expire: done },
  redeemed:  { offer: done, renew_code: done,  wrong_code: done,  answer: done,  decline: done, confirm: done,  prove: done,  await_check: done,  ask_person: done,  decide_review: done,  redeem: retry, expire: done },
  refused:   { offer: over, renew_code: over,  wrong_code: over,  answer: over,  decline: over, confirm: over,  prove: over,  await_check: over,  ask_person: over,  decide_review: over,  redeem: over,  expire: over },
  expired:   { offer: over, renew_code: over,  wrong_code: over,  answer: over,  decline: over, confirm: over,  prove: over,  await_check: over,  ask_person: over,  decide_review: over,  redeem: over,  expire: over },
} satisfies { readonly [S in RequestState]: { readonly [C in CommandType]: Rule<S, C> } };

/** A side that is being asked and says no refuses, and the app hears so; a side that had said yes takes it back. */
// biome-ignore format: a table is read by its columns
const DECLINED = {
  created:   { initiator: 'refused',   counterparty: 'nobody' },
  offered:   { initiator: 'withdrawn', counterparty: 'refused' },
  answered:  { initiator: 'refused',   counterparty: 'withdrawn' },
  proving:   { initiator: 'withdrawn', counterparty: 'withdrawn' },
  in_review: { initiator: 'withdrawn', counterparty: 'withdrawn' },
} as const satisfies Partial<Record<RequestState, Record<Side, 'refused' | 'withdrawn' | 'nobody'>>>;

/** What happens to the request, or why nothing does. */
export function decide(command: RequestCommand, request: BindingRequest): Decided {
  const rule = RULES[request.state][command.type] as Rule<RequestState, CommandType>; // the table's type pairs them
  return rule(request, command);
}

export function evolve(request: BindingRequest, event: RequestEvent): BindingRequest {
  switch (event.type) {
    case 'offered':
      return { state: 'offered', initiator: event.initiator, wrongCodes: 0 };
    case 'code_renewed':
      return request;
    case 'wrong_code_counted':
      return { state: 'offered', initiator: event.initiator, wrongCodes: event.wrongCodes };
    case 'answered':
      return {
        state: 'answered',
        initiator: event.initiator,
        counterparty: event.counterparty,
        decisionId: event.decisionId,
      };
    case 'sent_to_review':
      return {
        state: 'in_review',
        initiator: event.initiator,
        counterparty: event.counterparty,
        decisionId: event.decisionId,
        due: event.due,
      };
    case 'asked_for_proof': {
      const { type: _, ...proving } = event;
      return { state: 'proving', ...proving };
    }
    case 'approved':
      return {
        state: 'approved',
        initiator: event.initiator,
        counterparty: event.counterparty,
        bindingId: event.bindingId,
      };
    case 'redeemed':
      return {
        state: 'redeemed',
        initiator: event.initiator,
        counterparty: event.counterparty,
        bindingId: event.bindingId,
        redeemedAt: event.redeemedAt,
      };
    case 'refused':
      return { state: 'refused', refusal: event.refusal };
    case 'expired':
      return { state: 'expired', because: event.because };
  }
}

function offer(_: Request<'created'>, { initiator }: Command<'offer'>): Decided {
  return ok([{ type: 'offered', initiator }]);
}

/** Wrong codes stay counted: a new code is no new request. */
function renew(_: Request<'offered'>, { by }: Command<'renew_code'>): Decided {
  return by === 'initiator' ? ok([{ type: 'code_renewed' }]) : refuse('initiator_only', 'BIND-2R1');
}

function count(
  { initiator, wrongCodes }: Request<'offered'>,
  { allowed }: Command<'wrong_code'>,
): Decided {
  const counted = { type: 'wrong_code_counted', initiator, wrongCodes: wrongCodes + 1 } as const;
  return ok(
    counted.wrongCodes < allowed
      ? [counted]
      : [counted, { type: 'expired', because: 'wrong_codes' }],
  );
}

/** Only a denial is final before the initiator's last confirmation: who answered may still be the wrong account. */
function answer({ initiator }: Request<'offered'>, command: Command<'answer'>): Decided {
  const { counterparty, confirmation, verdict, decisionId } = command;
  if (counterparty === initiator) return refuse('same_account', 'BIND-2R2');
  return ok([
    confirmation && verdict !== 'deny'
      ? { type: 'answered', initiator, counterparty, decisionId }
      : eventOf({ initiator, counterparty }, command),
  ]);
}

function confirm(
  { initiator, counterparty }: Request<'answered'>,
  outcome: Command<'confirm'>,
): Decided {
  return ok([eventOf({ initiator, counterparty }, outcome)]);
}

function eventOf(sides: Sides, outcome: PolicyOutcome, proofs: Proofs = NO_PROOFS): RequestEvent {
  switch (outcome.verdict) {
    case 'allow':
      return { type: 'approved', ...sides, bindingId: outcome.bindingId };
    case 'step_up':
      return {
        type: 'asked_for_proof',
        ...sides,
        decisionId: outcome.decisionId,
        asked: outcome.asked,
        proofs,
        until: outcome.until,
      };
    case 'review':
      return { type: 'sent_to_review', ...sides, decisionId: outcome.decisionId, due: outcome.due };
    case 'deny':
      return { type: 'refused', refusal: outcome.refusal };
  }
}

/** What is proved is judged with everything else, on facts of now. The time that was given does not begin anew. */
function prove(
  { initiator, counterparty, asked, proofs, until }: Request<'proving'>,
  { side, proof, ...outcome }: Command<'prove'>,
): Decided {
  const means = meansFor(asked, side);
  if (means === null) return refuse('not_asked', 'BIND-2RB');
  if (!isEnough(means, proof)) return refuse('not_enough', 'BIND-2RC');
  return ok([
    eventOf(
      { initiator, counterparty },
      outcome.verdict === 'step_up' ? { ...outcome, until } : outcome,
      withProof(proofs, side, proof),
    ),
  ]);
}

/** A check by somebody else takes the time it takes. */
function await_check(
  { state: _, ...proving }: Request<'proving'>,
  { until }: Command<'await_check'>,
): Decided {
  return ok([{ type: 'asked_for_proof', ...proving, until }]);
}

/** Whoever cannot or would not prove more has a person look instead (R23); what is denied by now stays denied. */
function ask_person(
  { initiator, counterparty }: Request<'proving'>,
  { type: _, ...outcome }: Command<'ask_person'>,
): Decided {
  const { verdict, decisionId } = outcome;
  return ok([
    eventOf(
      { initiator, counterparty },
      verdict === 'step_up' ? { verdict: 'review', decisionId, due: outcome.due } : outcome,
    ),
  ]);
}

/** What refused, where more was to be proved and was not in time. */
export const NOT_PROVED = 'step-up';

/** Asked to prove more, and nobody did: refused as what was doubted, which can be appealed against (R23). */
function giveUp(): Decided {
  return ok([{ type: 'refused', refusal: 'risk' }]);
}

function decline({ state }: Request<keyof typeof DECLINED>, { by }: Command<'decline'>): Decided {
  switch (DECLINED[state][by]) {
    case 'refused':
      return ok([{ type: 'refused', refusal: 'refused_by_owner' }]);
    case 'withdrawn':
      return ok([{ type: 'expired', because: 'withdrawn' }]);
    case 'nobody':
      return refuse('too_early', 'BIND-2R3');
  }
}

function decideReview(
  { initiator, counterparty }: Request<'in_review'>,
  command: Command<'decide_review'>,
): Decided {
  if (!command.accept) return ok([{ type: 'refused', refusal: command.refusal }]);
  return ok([{ type: 'approved', initiator, counterparty, bindingId: command.bindingId }]);
}

function redeem(
  { initiator, counterparty, bindingId }: Request<'approved'>,
  { now }: Command<'redeem'>,
): Decided {
  return ok([{ type: 'redeemed', initiator, counterparty, bindingId, redeemedAt: now }]);
}

function retry({ redeemedAt }: Request<'redeemed'>, { now }: Command<'redeem'>): Decided {
  return mayRetry(redeemedAt, now) ? ok([]) : refuse('already_redeemed', 'BIND-2R4');
}

const RETRY_SECONDS = 60;

/** A redemption whose answer was lost may be asked for again (docs/protocol.md#redeeming). */
export function mayRetry(redeemedAt: Date, now: Date): boolean {
  return now <= plusSeconds(redeemedAt, RETRY_SECONDS);
}

function expire(): Decided {
  return ok([{ type: 'expired', because: 'time' }]);
}

/** The 15 minutes are for the two owners; a reviewer has until `due`. */
function awaitsReview({ due }: Request<'in_review'>): Decided {
  return refuse('awaits_review', 'BIND-2R8', { due });
}

function refusing(code: RequestRefusalCode, site: string) {
  return ({ state }: BindingRequest, { type }: RequestCommand): Decided =>
    refuse(code, site, { state, command: type });
}

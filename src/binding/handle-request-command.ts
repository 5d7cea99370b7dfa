import { appendAudit } from '../audit/audit-log.store.ts';
import type { Result } from '../kernel/refusals.ts';
import { ok } from '../kernel/refusals.ts';
import type { Lifetimes } from '../lifetimes.ts';
import { insertDecision } from '../policy/decisions.store.ts';
import { dropCase } from '../review/drop-case.ts';
import { openCase } from '../review/open-case.ts';
import { rememberDevice } from '../risk/devices.store.ts';
import { markAttempt, noteAttempt } from '../risk/signals.store.ts';
import type { Tx } from '../store/database.ts';
import {
  type BindingRequest,
  decide,
  evolve,
  NOT_PROVED,
  type RequestCommand,
  type RequestEvent,
  type RequestRefusalCode,
} from './binding-request.ts';
import type { PolicyEvaluation } from './evaluate-policy.ts';
import { bindAccounts } from './handle-binding-command.ts';
import { useClearance } from './refusals.store.ts';
import type { StoredRequest } from './request-row.ts';
import { type SidesKnown, saveState } from './requests.store.ts';

export interface RequestContext {
  /** Who asked: an account or client id, 'system', or null where nobody is known. */
  readonly actor: string | null;
  readonly lifetimes: Lifetimes;
  /** Commands that carry a policy outcome come with the evaluation it is from. */
  readonly evaluation?: PolicyEvaluation;
}

interface Change extends RequestContext {
  /** The request as it was locked. */
  readonly stored: StoredRequest;
}

type EventType = RequestEvent['type'];
type Event<T extends EventType> = Extract<RequestEvent, { type: T }>;

/** What an event writes beside the request's own row. */
type Effect<T extends EventType> = (tx: Tx, event: Event<T>, change: Change) => Promise<void>;

interface Recorded<T extends EventType> {
  readonly action: string;
  readonly effects: readonly Effect<T>[];
}

// biome-ignore format: a table is read by its columns
const RECORDS = {
  offered:            { action: 'binding-request.offered',            effects: [] },
  code_renewed:       { action: 'binding-request.code_renewed',       effects: [] },
  wrong_code_counted: { action: 'binding-request.wrong_code_counted', effects: [] },
  answered:           { action: 'binding-request.answered',           effects: [] },
  asked_for_proof:    { action: 'binding-request.asked_for_proof',    effects: [] },
  sent_to_review:     { action: 'binding-request.sent_to_review',     effects: [openReview] },
  approved:           { action: 'binding-request.approved',           effects: [bind, rememberDevices, spendClearance] },
  redeemed:           { action: 'binding-request.redeemed',           effects: [] },
  refused:            { action: 'binding-request.refused',            effects: [] },
  rejected:           { action: 'binding-request.refused',            effects: [markAsRisk] },
  proof_lapsed:       { action: 'binding-request.refused',            effects: [markAsRisk] },
  expired:            { action: 'binding-request.expired',            effects: [] },
  review_withdrawn:   { action: 'binding-request.expired',            effects: [dropReview] },
} as const satisfies { readonly [T in EventType]: Recorded<T> };

/**
 * Decides `command` over a request whose row is locked. Writes all that follows in the same
 * transaction: the policy decision, the effects of each event, the state and the audit row. A
 * refusal writes nothing.
 */
export async function handleRequestCommand(
  tx: Tx,
  stored: StoredRequest,
  command: RequestCommand,
  context: RequestContext,
): Promise<Result<BindingRequest, RequestRefusalCode>> {
  const decided = decide(command, stored.request);
  if (!decided.ok) return decided;
  const events = decided.value;
  const last = events.at(-1);
  if (last === undefined) return ok(stored.request);
  const next = events.reduce(evolve, stored.request);
  const { evaluation, actor, lifetimes } = context;

  if (evaluation) await saveEvaluation(tx, stored, evaluation);
  for (const event of events) {
    const { effects } = RECORDS[event.type] as Recorded<EventType>; // the table's type pairs them
    for (const effect of effects) await effect(tx, event, { ...context, stored });
  }
  await saveState(tx, stored.id, next, {
    ...(command.type === 'answer' && evaluation ? { sides: sidesIn(evaluation) } : {}),
    refusedByHook: refusedBy(last, evaluation),
    decisionId: evaluation?.prepared.decisionId,
    ...lifetimeOf(next, stored, lifetimes.binding),
    // From now on a face must be checked, or nobody waits for one and its picture goes.
    ...(stored.request.state === 'proving' && {
      job: { task: 'check-faces', cause: stored.id } as const,
    }),
  });
  await appendAudit(tx, {
    action: RECORDS[last.type].action,
    subject: stored.id,
    actor,
    detail: {
      state: next.state,
      ...(evaluation && {
        decision: evaluation.prepared.decisionId,
        verdict: evaluation.decision.verdict,
      }),
    },
  });
  return ok(next);
}

/** Stores the decision whole (R22), and notes the attempt of both sides for the risk signals. */
async function saveEvaluation(
  tx: Tx,
  stored: StoredRequest,
  { parties, counterpartyDevice, facts, decision, timings, prepared }: PolicyEvaluation,
): Promise<void> {
  const { primary, sub } = parties;
  const [initiator, counterparty] = stored.role === 'primary' ? [primary, sub] : [sub, primary];
  const { initiatorDevice } = stored;
  await insertDecision(tx, {
    id: prepared.decisionId,
    request: stored.id,
    decision,
    facts,
    timings,
  });
  await noteAttempt(tx, stored.id, {
    initiator: {
      account: initiator.id,
      owner: initiator.ownerId,
      seen: { device: initiatorDevice?.device ?? '', place: initiatorDevice?.place ?? '' },
    },
    counterparty: {
      account: counterparty.id,
      owner: counterparty.ownerId,
      seen: { device: counterpartyDevice.device, place: counterpartyDevice.place ?? '' },
    },
    verdict: decision.verdict,
    risk: decision.refusal === 'risk',
  });
}

function sidesIn({ parties, counterpartyDevice }: PolicyEvaluation): SidesKnown {
  const { primary, sub } = parties;
  return {
    counterpartyDevice,
    primaryId: primary.id,
    subId: sub.id,
    primaryOwnerId: primary.ownerId,
    platform: primary.platform,
    kind: primary.kind,
  };
}

function refusedBy(last: RequestEvent, evaluation?: PolicyEvaluation): string | undefined {
  if (last.type === 'proof_lapsed') return NOT_PROVED;
  if (evaluation?.outcome.verdict !== 'deny') return undefined;
  return evaluation.decision.hooks.find(({ verdict }) => verdict === 'deny')?.id;
}

function lifetimeOf(
  next: BindingRequest,
  stored: StoredRequest,
  { answered, reviewGrace }: Lifetimes['binding'],
): { lifetimeSeconds?: number } {
  const secondsTo = (at: Date) => (at.getTime() - stored.now.getTime()) / 1000;
  switch (next.state) {
    case 'offered': // the code's own lifetime, set with the code
    case 'created':
    case 'redeemed':
      return {};
    case 'proving':
      return { lifetimeSeconds: secondsTo(next.until) };
    case 'in_review':
      return { lifetimeSeconds: secondsTo(next.due) + reviewGrace };
    case 'answered':
    case 'approved':
    case 'refused':
    case 'expired':
      return { lifetimeSeconds: answered };
  }
}

async function openReview(
  tx: Tx,
  { decisionId, due }: Event<'sent_to_review'>,
  change: Change,
): Promise<void> {
  const { parties, decision, fourEyes } = evaluationIn(change);
  const { primary, sub } = parties;
  await openCase(tx, {
    subject: { kind: 'binding_request', id: change.stored.id },
    applicant: primary.id,
    kind: primary.kind,
    fourEyes,
    due,
    evidence: { decisionId, hooks: decision.hooks },
    excludedOwners: [primary.ownerId, sub.ownerId].filter((id) => id !== null),
  });
}

async function dropReview(tx: Tx, _: RequestEvent, { stored, actor }: Change): Promise<void> {
  const subject = { kind: 'binding_request', id: stored.id } as const;
  await dropCase(tx, subject, { by: actor ?? 'system', because: 'withdrawn' });
}

/** A reviewer's refusal, and a proof that never came, make the attempt a risk. */
async function markAsRisk(tx: Tx, _: RequestEvent, { stored }: Change): Promise<void> {
  await markAttempt(tx, stored.id, { risk: true });
}

async function bind(tx: Tx, { bindingId }: Event<'approved'>, change: Change): Promise<void> {
  const { parties, decision, prepared, graded } = evaluationIn(change);
  const { stored } = change;
  const { primary, sub } = parties;
  const { sameOwner } = decision;
  if (primary.ownerId === null || sub.ownerId === null || !sameOwner)
    throw new Error(`decision ${prepared.decisionId} allowed a binding without one verified owner`);
  await bindAccounts(
    tx,
    {
      id: bindingId,
      primaryId: primary.id,
      subId: sub.id,
      primaryOwnerId: primary.ownerId,
      subOwnerId: sub.ownerId,
      pack: decision.pack,
      packVersion: decision.packVersion,
      platform: primary.platform,
      kind: primary.kind,
      sameOwnerMethod: sameOwner.method,
    },
    { type: 'bind', now: stored.now, graded },
    { actor: null, detail: { request: stored.id, primary: primary.id, sub: sub.id } },
  );
}

/** Both devices are known to their owners from now on (R10). */
async function rememberDevices(tx: Tx, _: RequestEvent, change: Change): Promise<void> {
  const { parties, counterpartyDevice } = evaluationIn(change);
  const { role, initiatorDevice } = change.stored;
  const owners = [parties.primary.ownerId, parties.sub.ownerId];
  const [initiator, counterparty] = role === 'primary' ? owners : owners.toReversed();
  if (initiator && initiatorDevice) await rememberDevice(tx, initiator, initiatorDevice);
  if (counterparty) await rememberDevice(tx, counterparty, counterpartyDevice);
}

/** A clearance is good for one binding. */
async function spendClearance(tx: Tx, _: RequestEvent, change: Change): Promise<void> {
  const { hooks } = evaluationIn(change).decision;
  const cleared = hooks.find((hook) => hook.cleared !== undefined)?.cleared;
  if (cleared) await useClearance(tx, cleared.by, change.stored.id);
}

function evaluationIn({ stored, evaluation }: Change): PolicyEvaluation {
  if (evaluation) return evaluation;
  throw new Error(`binding request ${stored.id} was decided without an evaluation`);
}

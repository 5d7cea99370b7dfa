import { appendAudit } from '../audit/audit-log.store.ts';
import type { AccountId } from '../kernel/ids.ts';
import { newId } from '../kernel/ids.ts';
import type { Result } from '../kernel/refusals.ts';
import { ok } from '../kernel/refusals.ts';
import { Stopwatch } from '../kernel/stopwatch.ts';
import { MINUTE, plusSeconds } from '../kernel/time.ts';
import type { Answers } from '../policy/answers.ts';
import { insertDecision } from '../policy/decisions.store.ts';
import { type Decision, evaluate } from '../policy/evaluate.ts';
import { askedIn, type Proofs } from '../policy/step-up.ts';
import { dueAfter } from '../review/deadline.ts';
import { dropCase } from '../review/drop-case.ts';
import { openCase } from '../review/open-case.ts';
import type { ObservedDevice } from '../risk/device.ts';
import { rememberDevice } from '../risk/devices.store.ts';
import { markAttempt, noteAttempt } from '../risk/signals.store.ts';
import type { Tx } from '../store/database.ts';
import {
  type BindingRequest,
  decide,
  evolve,
  NOT_PROVED,
  type RequestCommand,
  type RequestRefusalCode,
} from './binding-request.ts';
import { insertBinding } from './bindings.store.ts';
import { useClearance } from './clearances.store.ts';
import type { PolicyDeps } from './deps.ts';
import { gatherFacts, lockParties, type Parties, sidesOf } from './gather-facts.ts';
import { type OutcomeInputs, type PolicyOutcome, policyOutcomeOf } from './policy-outcome.ts';
import type { StoredRequest } from './request-row.ts';
import { saveState } from './requests.store.ts';
import { findAskable } from './step-up.store.ts';
import { packOf } from './view-request.ts';

/** How long an answered request can be redeemed, and how long the initiator may take to confirm. */
const AFTERWARDS_SECONDS = 3600;
const REVIEW_GRACE_SECONDS = 30 * 86_400;

/** A policy decision under the locks of everybody it is about. */
export interface PolicyEvaluation {
  readonly parties: Parties;
  readonly decision: Decision;
  readonly prepared: OutcomeInputs;
  readonly outcome: PolicyOutcome;
  readonly graded: boolean;
  /** If it goes to people: does an acceptance take two of them? (R23) */
  readonly fourEyes: boolean;
}

/** The side that answers, and where from. */
export interface CounterpartyAnswer {
  readonly counterparty: AccountId;
  readonly counterpartyDevice: ObservedDevice;
}

/** Locks owners and accounts, gathers the facts, evaluates the request's pack and stores the decision whole (R22). */
export async function evaluatePolicy(
  tx: Tx,
  deps: PolicyDeps,
  stored: StoredRequest,
  {
    counterparty,
    counterpartyDevice,
    answers,
    proofs = stored.proofs,
  }: CounterpartyAnswer & { readonly answers: Answers; readonly proofs?: Proofs },
): Promise<PolicyEvaluation> {
  const initiator = stored.initiatorId;
  if (initiator === null) throw new Error(`binding request ${stored.id} has no initiator to judge`);
  const pack = await packOf(deps, stored, tx);
  const parties = await lockParties(tx, ...sidesOf(stored.role, initiator, counterparty));
  const watch = new Stopwatch();
  const gathered = await watch.timeAsync(
    'facts',
    async () =>
      await gatherFacts(tx, { ...deps, proofs, pack }, stored, { parties, counterpartyDevice }),
  );
  const facts = { ...gathered, answers, proofs };
  const decision = evaluate(pack, deps.hooks, facts, (name, work) => watch.time(name, work));
  const prepared = {
    decisionId: newId('dec'),
    bindingId: newId('bnd'),
    due: dueAfter(stored.now, pack.review.workingDays),
    until: plusSeconds(stored.now, pack.stepUp.minutes * MINUTE),
    asked: await findAskable(tx, {
      stored,
      counterparty,
      pack,
      asked: askedIn(decision.hooks, proofs),
      verdict: decision.verdict,
    }),
  };
  await insertDecision(tx, {
    id: prepared.decisionId,
    request: stored.id,
    decision,
    facts,
    timings: watch.laps,
  });
  await noteAttempt(tx, stored.id, {
    ...attemptSides(stored, parties, counterpartyDevice),
    verdict: decision.verdict,
    risk: decision.refusal === 'risk',
  });
  return {
    parties,
    decision,
    prepared,
    outcome: policyOutcomeOf(decision, prepared),
    graded: pack.grades !== null,
    fourEyes: pack.review.fourEyes[parties.primary.kind],
  };
}

function attemptSides(
  { role, initiatorDevice }: StoredRequest,
  { primary, sub }: Parties,
  counterpartyDevice: ObservedDevice,
) {
  const [initiator, counterparty] = role === 'primary' ? [primary, sub] : [sub, primary];
  return {
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
  };
}

/**
 * Decides `command` over the request as locked, and writes all that follows from it in the same transaction: the state,
 * the binding or the review case, event and audit row. A refusal writes nothing.
 */
export async function handleRequestCommand(
  tx: Tx,
  stored: StoredRequest,
  command: RequestCommand,
  context: {
    readonly actor: string | null;
    readonly evaluation?: PolicyEvaluation;
    readonly counterpartyDevice?: ObservedDevice | null;
  },
): Promise<Result<BindingRequest, RequestRefusalCode>> {
  const decided = decide(command, stored.request);
  if (!decided.ok) return decided;
  const next = decided.value.reduce(evolve, stored.request);
  const { evaluation } = context;
  const unproved = stored.request.state === 'proving' && command.type === 'expire';

  if (stored.request.state === 'in_review' && command.type === 'decline') {
    await dropCase(
      tx,
      { kind: 'binding_request', id: stored.id },
      { by: context.actor ?? 'system', because: 'withdrawn' },
    );
  }
  if (next.state === 'approved' && evaluation)
    await bind(tx, stored, evaluation, context.counterpartyDevice ?? null);
  if (next.state === 'in_review' && stored.request.state !== 'in_review' && evaluation) {
    await openCase(tx, {
      subject: { kind: 'binding_request', id: stored.id },
      applicant: evaluation.parties.primary.id,
      kind: evaluation.parties.primary.kind,
      fourEyes: evaluation.fourEyes,
      due: next.due,
      evidence: { decisionId: next.decisionId, hooks: evaluation.decision.hooks },
      excludedOwners: [evaluation.parties.primary.ownerId, evaluation.parties.sub.ownerId].filter(
        (id) => id !== null,
      ),
    });
  }
  if (unproved) await markAttempt(tx, stored.id, { risk: true });
  if (decided.value.length > 0) {
    await saveState(tx, stored.id, next, {
      refusedByHook:
        evaluation?.outcome.verdict === 'deny'
          ? evaluation.decision.hooks.find(({ verdict }) => verdict === 'deny')?.id
          : unproved
            ? NOT_PROVED
            : undefined,
      decisionId: evaluation?.prepared.decisionId,
      ...lifetimeOf(next, stored),
      // A face is to be checked from now on, or nobody waits for one any more and its picture goes.
      ...(stored.request.state === 'proving'
        ? { job: { task: 'check-faces', cause: stored.id } as const }
        : {}),
    });
    await appendAudit(tx, {
      action: `binding-request.${decided.value.at(-1)?.type}`,
      subject: stored.id,
      actor: context.actor,
      detail: {
        state: next.state,
        ...(evaluation
          ? { decision: evaluation.prepared.decisionId, verdict: evaluation.decision.verdict }
          : {}),
      },
    });
  }
  return ok(next);
}

function lifetimeOf(next: BindingRequest, stored: StoredRequest): { lifetimeSeconds?: number } {
  switch (next.state) {
    case 'offered': // the code's own lifetime, set with the code
    case 'created':
    case 'redeemed':
      return {};
    case 'proving':
      return { lifetimeSeconds: (next.until.getTime() - stored.now.getTime()) / 1000 };
    case 'in_review':
      return {
        lifetimeSeconds: (next.due.getTime() - stored.now.getTime()) / 1000 + REVIEW_GRACE_SECONDS,
      };
    case 'answered':
    case 'approved':
    case 'refused':
    case 'expired':
      return { lifetimeSeconds: AFTERWARDS_SECONDS };
  }
}

async function bind(
  tx: Tx,
  stored: StoredRequest,
  evaluation: PolicyEvaluation,
  counterpartyDevice: ObservedDevice | null,
): Promise<void> {
  const { parties, decision, prepared } = evaluation;
  const { primary, sub } = parties;
  if (primary.ownerId === null || sub.ownerId === null || !decision.sameOwner) {
    throw new Error(`decision ${prepared.decisionId} allowed a binding without one verified owner`);
  }
  await insertBinding(tx, {
    id: prepared.bindingId,
    primaryId: primary.id,
    subId: sub.id,
    primaryOwnerId: primary.ownerId,
    subOwnerId: sub.ownerId,
    pack: decision.pack,
    packVersion: decision.packVersion,
    kind: primary.kind,
    sameOwnerMethod: decision.sameOwner.method,
    graded: evaluation.graded,
  });
  const [initiatorOwner, counterpartyOwner] =
    stored.role === 'primary' ? [primary.ownerId, sub.ownerId] : [sub.ownerId, primary.ownerId];
  if (stored.initiatorDevice) await rememberDevice(tx, initiatorOwner, stored.initiatorDevice);
  if (counterpartyDevice) await rememberDevice(tx, counterpartyOwner, counterpartyDevice);
  const cleared = decision.hooks.find((hook) => hook.cleared !== undefined)?.cleared;
  if (cleared) await useClearance(tx, cleared.by, stored.id);
  await appendAudit(
    tx,
    {
      action: 'binding.bound',
      subject: prepared.bindingId,
      actor: null,
      detail: { request: stored.id, primary: primary.id, sub: sub.id },
    },
    [
      {
        type: 'urn:bindery:event:binding-established',
        stream: prepared.bindingId,
        data: { binding: prepared.bindingId, version: 1 },
      },
    ],
  );
}

import { record } from '../journal/record.store.ts';
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
import type { DeviceSeen } from '../risk/device.ts';
import { rememberDevice } from '../risk/devices.store.ts';
import { markAttempt, noteAttempt } from '../risk/signals.store.ts';
import type { Tx } from '../store/database.ts';
import { type BindingRequest, decide, evolve, NOT_PROVED, type RequestCommand, type RequestRefusalCode } from './binding-request.ts';
import { insertBinding } from './bindings.store.ts';
import { useClearance } from './clearances.store.ts';
import type { JudgeDeps } from './deps.ts';
import { gatherFacts, lockParties, type Parties, sidesOf } from './gather-facts.ts';
import type { StoredRequest } from './request-row.ts';
import { saveState } from './requests.store.ts';
import { type Prepared, type Ruling, rulingOf } from './ruling.ts';
import { findAskable } from './step-up.store.ts';
import { packOf } from './view-request.ts';

/** How long an answered request can be redeemed, and how long the starter may take to confirm. */
const AFTERWARDS_SECONDS = 3600;
const REVIEW_GRACE_SECONDS = 30 * 86_400;

/** A policy decision under the locks of everybody it is about. */
export interface Judgement {
  readonly parties: Parties;
  readonly decision: Decision;
  readonly prepared: Prepared;
  readonly ruling: Ruling;
  readonly graded: boolean;
  /** If it goes to people: does an acceptance take two of them? (R23) */
  readonly fourEyes: boolean;
}

/** The side that answers, and where from. */
export interface Answering {
  readonly other: AccountId;
  readonly otherDevice: DeviceSeen;
}

/** Locks owners and accounts, gathers the facts, evaluates the request's pack and stores the decision whole (R22). */
export async function judge(
  tx: Tx,
  deps: JudgeDeps,
  stored: StoredRequest,
  { other, otherDevice, answers, proofs = stored.proofs }: Answering & { readonly answers: Answers; readonly proofs?: Proofs },
): Promise<Judgement> {
  const starter = stored.starterId;
  if (starter === null) throw new Error(`binding request ${stored.id} has no starter to judge`);
  const pack = await packOf(deps, stored, tx);
  const parties = await lockParties(tx, ...sidesOf(stored.role, starter, other));
  const watch = new Stopwatch();
  const gathered = await watch.timeAsync(
    'facts',
    async () => await gatherFacts(tx, { ...deps, proofs, pack }, stored, { parties, otherDevice }),
  );
  const facts = { ...gathered, answers, proofs };
  const decision = evaluate(pack, deps.hooks, facts, (name, work) => watch.time(name, work));
  const prepared = {
    decisionId: newId('dec'),
    bindingId: newId('bnd'),
    due: dueAfter(stored.now, pack.review.workingDays),
    until: plusSeconds(stored.now, pack.stepUp.minutes * MINUTE),
    asked: await findAskable(tx, { stored, other, pack, asked: askedIn(decision.hooks, proofs), verdict: decision.verdict }),
  };
  await insertDecision(tx, { id: prepared.decisionId, request: stored.id, decision, facts, timings: watch.laps });
  await noteAttempt(tx, stored.id, {
    ...attemptSides(stored, parties, otherDevice),
    verdict: decision.verdict,
    risk: decision.refusal === 'risk',
  });
  return {
    parties,
    decision,
    prepared,
    ruling: rulingOf(decision, prepared),
    graded: pack.grades !== null,
    fourEyes: pack.review.fourEyes[parties.primary.kind],
  };
}

function attemptSides({ role, starterDevice }: StoredRequest, { primary, sub }: Parties, otherDevice: DeviceSeen) {
  const [starter, other] = role === 'primary' ? [primary, sub] : [sub, primary];
  return {
    starter: {
      account: starter.id,
      owner: starter.ownerId,
      seen: { device: starterDevice?.device ?? '', place: starterDevice?.place ?? '' },
    },
    other: { account: other.id, owner: other.ownerId, seen: { device: otherDevice.device, place: otherDevice.place ?? '' } },
  };
}

/**
 * Decides `command` over the request as locked, and writes all that follows from it in the same transaction: the state,
 * the binding or the review case, event and audit row. A refusal writes nothing.
 */
export async function apply(
  tx: Tx,
  stored: StoredRequest,
  command: RequestCommand,
  context: { readonly actor: string | null; readonly judgement?: Judgement; readonly otherDevice?: DeviceSeen | null },
): Promise<Result<BindingRequest, RequestRefusalCode>> {
  const decided = decide(command, stored.request);
  if (!decided.ok) return decided;
  const next = decided.value.reduce(evolve, stored.request);
  const { judgement } = context;
  const unproved = stored.request.state === 'proving' && command.type === 'expire';

  if (stored.request.state === 'in_review' && command.type === 'decline') {
    await dropCase(tx, { kind: 'binding_request', id: stored.id }, { by: context.actor ?? 'system', because: 'withdrawn' });
  }
  if (next.state === 'approved' && judgement) await bind(tx, stored, judgement, context.otherDevice ?? null);
  if (next.state === 'in_review' && stored.request.state !== 'in_review' && judgement) {
    await openCase(tx, {
      subject: { kind: 'binding_request', id: stored.id },
      applicant: judgement.parties.primary.id,
      kind: judgement.parties.primary.kind,
      fourEyes: judgement.fourEyes,
      due: next.due,
      evidence: { decisionId: next.decisionId, hooks: judgement.decision.hooks },
      excludedOwners: [judgement.parties.primary.ownerId, judgement.parties.sub.ownerId].filter((id) => id !== null),
    });
  }
  if (unproved) await markAttempt(tx, stored.id, { risk: true });
  if (decided.value.length > 0) {
    await saveState(tx, stored.id, next, {
      refusalSite:
        judgement?.ruling.verdict === 'deny'
          ? judgement.decision.hooks.find(({ verdict }) => verdict === 'deny')?.id
          : unproved
            ? NOT_PROVED
            : undefined,
      decisionId: judgement?.prepared.decisionId,
      ...lifetimeOf(next, stored),
    });
    await record(tx, {
      action: `binding-request.${decided.value.at(-1)?.type}`,
      subject: stored.id,
      actor: context.actor,
      detail: { state: next.state, ...(judgement ? { decision: judgement.prepared.decisionId, verdict: judgement.decision.verdict } : {}) },
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
      return { lifetimeSeconds: (next.due.getTime() - stored.now.getTime()) / 1000 + REVIEW_GRACE_SECONDS };
    case 'answered':
    case 'approved':
    case 'refused':
    case 'expired':
      return { lifetimeSeconds: AFTERWARDS_SECONDS };
  }
}

async function bind(tx: Tx, stored: StoredRequest, judgement: Judgement, otherDevice: DeviceSeen | null): Promise<void> {
  const { parties, decision, prepared } = judgement;
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
    graded: judgement.graded,
  });
  const [starterOwner, otherOwner] = stored.role === 'primary' ? [primary.ownerId, sub.ownerId] : [sub.ownerId, primary.ownerId];
  if (stored.starterDevice) await rememberDevice(tx, starterOwner, stored.starterDevice);
  if (otherDevice) await rememberDevice(tx, otherOwner, otherDevice);
  const cleared = decision.hooks.find((hook) => hook.cleared !== undefined)?.cleared;
  if (cleared) await useClearance(tx, cleared.by, stored.id);
  await record(
    tx,
    { action: 'binding.bound', subject: prepared.bindingId, actor: null, detail: { request: stored.id, primary: primary.id, sub: sub.id } },
    [{ type: 'urn:bindery:event:binding-established', stream: prepared.bindingId, data: { binding: prepared.bindingId, version: 1 } }],
  );
}

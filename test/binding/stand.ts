import { createHash, randomBytes } from 'node:crypto';
import type { Kind } from '../../src/accounts/account.ts';
import { answerBinding, confirmBinding } from '../../src/binding/answer-binding.ts';
import { findApprovalSession } from '../../src/binding/approval-sessions.store.ts';
import type { BindingDeps } from '../../src/binding/deps.ts';
import { handleReviewDecision } from '../../src/binding/handle-review-decision.ts';
import { openPacks } from '../../src/binding/request-pack.ts';
import { findRequest, lockRequest } from '../../src/binding/requests.store.ts';
import { describeRequest, type RequestView } from '../../src/binding/view-request.ts';
import type { DecisionPoint } from '../../src/decision-points/decision-point.ts';
import { tellSides } from '../../src/evidence/pieces/tell-sides.ts';
import type { AccountId, BindingRequestId, OwnerId } from '../../src/kernel/ids.ts';
import { InstallationSecret } from '../../src/kernel/secrets.ts';
import { LIFETIMES } from '../../src/lifetimes.ts';
import type { Hook } from '../../src/policy/hook.ts';
import { PackRegistry } from '../../src/policy/pack-registry.ts';
import type { PackFile, Packs } from '../../src/policy/registry.ts';
import { HOOKS, loadPacks } from '../../src/policy/registry.ts';
import { decideCase } from '../../src/review/decide-case.ts';
import type { ReviewDeps } from '../../src/review/deps.ts';
import { viewCase } from '../../src/review/view-case.ts';
import type { Visitor } from '../../src/risk/device.ts';
import { rememberDevice } from '../../src/risk/devices.store.ts';
import type { Database } from '../../src/store/database.ts';
import { sql } from '../../src/store/sql.ts';
import { freshDatabase } from '../support/database.ts';
import { arriveAs, makeAccount, makeOwner, makeVisitor, offerAs } from '../support/people.ts';

export interface Attempt {
  readonly pack?: string;
  readonly visitor?: Visitor;
  readonly decision?: 'approve' | 'refuse';
}

/** Packs as if each had a file of its own. */
export function filesOf(packs: Packs): readonly PackFile[] {
  return [...packs.values()].map((pack) => ({
    pack,
    fingerprint: createHash('sha256').update(JSON.stringify(pack)).digest(),
  }));
}

/** The packs that are shipped, as if nobody had ever changed one. */
export async function firstVersions(): Promise<Packs> {
  return new Map([...(await loadPacks())].map(([id, pack]) => [id, { ...pack, version: 1 }]));
}

/** The binding room over a database of its own, without HTTP: what its verbs do, and what reviewers' decisions lead to. */
export async function makeStand(
  more: {
    readonly packs?: Packs | PackRegistry;
    readonly hooks?: readonly Hook[];
    readonly decisionPoints?: readonly DecisionPoint[];
    readonly database?: Database;
  } = {},
) {
  const db = more.database ?? (await freshDatabase()).db;
  const secrets = new InstallationSecret(randomBytes(32));
  const limiter = (name: string) => ({ name, attempts: 1000, seconds: 60 });
  const limits = {
    signIn: {
      pair: limiter('pair'),
      login: limiter('login'),
      address: limiter('address'),
      challenges: limiter('challenges'),
    },
    codesByBrowser: limiter('browser'),
    codesByAddress: limiter('code-address'),
  };
  const deps: BindingDeps = {
    db,
    secrets,
    packs:
      more.packs instanceof PackRegistry
        ? more.packs
        : await openPacks(db, filesOf(more.packs ?? (await loadPacks()))),
    hooks: more.hooks ?? HOOKS,
    decisionPoints: more.decisionPoints ?? [],
    rehearsals: true,
    lifetimes: LIFETIMES,
    limits,
  };
  const elsewhere = {
    lock: async () => await Promise.reject(new Error('only bindings are reviewed here')),
    handleDecision: async () => await Promise.reject(new Error('only bindings are reviewed here')),
  };
  const review: ReviewDeps = {
    db,
    secrets,
    outcomes: {
      binding_request: {
        lock: async (tx, id) => void (await lockRequest(tx, id as BindingRequestId)),
        handleDecision: async (tx, decided) =>
          await handleReviewDecision(tx, { ...deps, tellSides }, decided),
      },
      evidence: elsewhere,
      correction: elsewhere,
    },
  };

  return {
    db,
    deps,
    review,

    /** Two free accounts of one new verified owner. */
    async pair(kind: Kind = 'personal'): Promise<readonly [primary: AccountId, sub: AccountId]> {
      const owner = await makeOwner(db, kind === 'personal' ? 'person' : 'organisation');
      return [await makeAccount(db, owner, kind), await makeAccount(db, owner, kind)];
    },

    /** One asks and the other answers: how it stands then. */
    async attempt(
      initiator: AccountId,
      counterparty: AccountId,
      { pack = 'douyin', visitor, decision = 'approve' }: Attempt = {},
    ): Promise<RequestView> {
      const offered = await offerAs(deps, initiator, { pack });
      const arrived = await arriveAs(deps, offered.link, counterparty, visitor);
      const answered = await answerBinding(deps, { ...arrived, decision });
      if (!answered.ok) throw new Error(`${answered.refusal.code} ${answered.refusal.site}`);
      if (answered.value.state === 'answered') {
        const confirmed = await confirmBinding(deps, {
          approvalSessionId: offered.initiatorApprovalSession,
          visitor: offered.visitor,
          decision,
        });
        if (!confirmed.ok) throw new Error(`${confirmed.refusal.code} ${confirmed.refusal.site}`);
      }
      const approvalSession = await findApprovalSession(
        db,
        arrived.approvalSessionId,
        arrived.visitor.browser,
      );
      const stored = approvalSession && (await findRequest(db, approvalSession.requestId));
      if (!stored) throw new Error('a request that was answered is gone');
      return await describeRequest(deps, stored, arrived.visitor);
    },

    /** A reviewer looks at the open case on a request and decides it; gives what they are told. */
    async judge(
      requestId: string,
      reviewer: AccountId,
      decision: 'accept' | 'reject',
    ): Promise<string> {
      const [found] = await db.query<{ id: string }>(sql`
        select id from review_cases where subject_kind = 'binding_request' and subject_id = ${requestId} order by opened_at desc limit 1`);
      const look = { caseId: found?.id ?? '', reviewer };
      const viewed = await viewCase(review, look);
      if (!viewed.ok) return viewed.refusal.code;
      const decided = await decideCase(review, {
        ...look,
        accept: decision === 'accept',
        reason: 'looked at both devices',
      });
      return decided.ok ? decided.value.state : decided.refusal.code;
    },

    noticesOf: async (account: AccountId) =>
      await db.query<{ what: string; request_id: string }>(sql`
        select what, request_id from owner_notices where account_id = ${account} and request_id is not null order by seq`),

    /** The hooks of the newest decision on a request. */
    async hooksOf(requestId: string) {
      const [row] = await db.query<{
        hooks: { id: string; verdict: string; cleared?: unknown }[];
        overturned_by: string | null;
      }>(sql`
        select hooks, overturned_by from decisions where request_id = ${requestId} order by decided_at desc limit 1`);
      if (!row) throw new Error(`nothing was decided about ${requestId}`);
      return row;
    },
  };
}

export async function makeReviewer(db: Database): Promise<AccountId> {
  const id = await makeAccount(db, await makeOwner(db));
  await db.query(sql`update accounts set roles = '{reviewer}' where id = ${id}`);
  return id;
}

/** A browser that four owners are known by: whoever comes next with it is looked at by a person. */
export async function makeSharedDevice(db: Database): Promise<Visitor> {
  const visitor = makeVisitor();
  const owners: OwnerId[] = [];
  for (let at = 0; at < 4; at += 1) owners.push(await makeOwner(db));
  await db.transaction(async (tx) => {
    for (const owner of owners) await rememberDevice(tx, owner, visitor.device);
  });
  return visitor;
}

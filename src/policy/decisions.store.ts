import type { BindingRequestId, CaseId, DecisionId } from '../kernel/ids.ts';
import type { Db, Tx } from '../store/database.ts';
import { sql } from '../store/sql.ts';
import type { Answers } from './answers.ts';
import type { Decision } from './evaluate.ts';
import type { Facts } from './facts.ts';
import { NO_PROOFS } from './step-up.ts';
import type { PastDecision } from './try-pack.ts';
import { VERDICTS } from './verdict.ts';

/** Stores a decision whole, so that it can be shown, explained and replayed (R22). */
export async function insertDecision(
  tx: Tx,
  {
    id,
    request,
    decision,
    facts,
    timings,
  }: {
    readonly id: DecisionId;
    readonly request: BindingRequestId;
    readonly decision: Decision;
    readonly facts: Facts;
    /** Milliseconds, by part. */
    readonly timings: Readonly<Record<string, number>>;
  },
): Promise<void> {
  await tx.query(sql`
    insert into decisions (id, request_id, pack, pack_version, verdict, refusal, facts, hooks, shadow, timings)
    values (${id}, ${request}, ${decision.pack}, ${decision.packVersion}, ${decision.verdict}, ${decision.refusal ?? null},
            ${JSON.stringify(facts, ownersById)}, ${JSON.stringify(decision.hooks)},
            ${decision.shadow ? JSON.stringify(decision.shadow) : null}, ${JSON.stringify(timings)})`);
}

/**
 * A stored decision outlives its owners, but their identity index must be erased with them (PIPL
 * §47). The owner id replaces it. Both are equal for the same owner only, so the decision can still
 * be replayed.
 */
function ownersById(this: { readonly id?: unknown }, name: string, value: unknown): unknown {
  return name === 'identityIndex' ? this.id : value;
}

/** The answers of decision points that a decision rested on. */
export async function findAnswers(db: Db, id: DecisionId): Promise<Answers> {
  const [row] = await db.query<{ answers: Answers | null }>(
    sql`select facts -> 'answers' as answers from decisions where id = ${id}`,
  );
  return row?.answers ?? {};
}

const PAGE = 500;
const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** The decisions made under a pack since `since`, oldest first, one page at a time. */
export async function* readDecisions(
  db: Db,
  { pack, since }: { readonly pack: string; readonly since: Date },
): AsyncGenerator<PastDecision> {
  let after = { at: since, id: '' };
  for (;;) {
    const rows = await db.query<
      Omit<PastDecision, 'facts'> & { readonly facts: string; readonly at: Date }
    >(sql`
      select id, verdict, refusal, facts::text, date_trunc('milliseconds', decided_at) as at from decisions
       where pack = ${pack} and decided_at >= ${since} and (date_trunc('milliseconds', decided_at), id) > (${after.at}, ${after.id})
       order by date_trunc('milliseconds', decided_at), id limit ${PAGE}`);
    for (const { at: _, facts, ...decision } of rows)
      yield { ...decision, facts: readFacts(facts) };
    const last = rows.at(-1);
    if (!last || rows.length < PAGE) return;
    after = { at: last.at, id: last.id };
  }
}

type Later = 'clearance' | 'answers' | 'proofs';

/** Stored facts with their dates. Facts that were introduced later are missing. */
function readFacts(stored: string): Facts {
  const facts = JSON.parse(stored, (_, value: unknown) =>
    typeof value === 'string' && MOMENT.test(value) ? new Date(value) : value,
  );
  return {
    clearance: null,
    answers: {},
    proofs: NO_PROOFS,
    ...(facts as Omit<Facts, Later> & Partial<Pick<Facts, Later>>),
  };
}

/** Verdicts of shadow hooks since `since`, and how often they would have changed the outcome. */
export interface ShadowCount {
  readonly pack: string;
  readonly hook: string;
  readonly version: number;
  readonly decisions: number;
  readonly allow: number;
  readonly step_up: number;
  readonly review: number;
  readonly deny: number;
  /** Decisions whose verdict would have been stricter if this hook had counted as well. */
  readonly stricter: number;
}

export async function countShadow(db: Db, since: Date): Promise<ShadowCount[]> {
  return await db.query<ShadowCount>(sql`
    with said as (
      select d.pack, h ->> 'id' as hook, (h ->> 'version')::int as version, h ->> 'verdict' as said, d.verdict
        from decisions d, jsonb_array_elements(d.shadow -> 'hooks') h
       where d.shadow is not null and d.decided_at >= ${since})
    select pack, hook, version, count(*)::int as decisions,
           (count(*) filter (where said = 'allow'))::int as allow, (count(*) filter (where said = 'step_up'))::int as step_up,
           (count(*) filter (where said = 'review'))::int as review, (count(*) filter (where said = 'deny'))::int as deny,
           (count(*) filter (where array_position(${[...VERDICTS]}::text[], said) > array_position(${[...VERDICTS]}::text[], verdict)))::int as stricter
      from said group by 1, 2, 3 order by 1, 2, 3`);
}

/** The decision stays as it was, and is marked as wrong (R24). */
export async function markOverturned(tx: Tx, decision: DecisionId, by: CaseId): Promise<void> {
  await tx.query(
    sql`update decisions set overturned_by = ${by}, overturned_at = bindery_now() where id = ${decision}`,
  );
}

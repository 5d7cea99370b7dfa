import type { BindingRequestId, DecisionId } from '../kernel/ids.ts';
import type { Tx } from '../store/database.ts';
import { sql } from '../store/sql.ts';
import type { Decision } from './evaluate.ts';
import type { Facts } from './facts.ts';

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
 * A stored decision outlives the owners it was about, and their index must be gone when they are (PIPL §47). The id stands
 * in its place: like the index it is equal for the same owner alone, so that a decision can still be replayed.
 */
function ownersById(this: { readonly id?: unknown }, name: string, value: unknown): unknown {
  return name === 'identityIndex' ? this.id : value;
}

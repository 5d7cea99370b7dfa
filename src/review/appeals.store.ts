import type { AccountId, CaseId } from '../kernel/ids.ts';
import type { Db, Tx } from '../store/database.ts';
import { sql } from '../store/sql.ts';
import type { FoundAppeal } from './appeal.ts';
import type { ReviewCase, SubjectKind } from './case.ts';

/** The appeals against what was decided of these subjects, by the subject's id. */
export async function findAppeals(
  db: Db,
  { kind, ids }: { readonly kind: SubjectKind; readonly ids: readonly string[] },
): Promise<ReadonlyMap<string, FoundAppeal>> {
  const rows = await db.query<FoundAppeal & { readonly subject: string }>(sql`
    select subject_id as subject, state, decision, due_at as "dueAt", decided_at as "decidedAt" from review_cases
     where subject_kind = ${kind} and subject_id = any(${ids}::text[]) and appeal_text is not null order by opened_at`);
  return new Map(rows.map(({ subject, ...appeal }) => [subject, appeal]));
}

/** The case whose decision an appeal is against, and everybody who had a say in it. */
export async function findAppealed(
  tx: Tx,
  { kind, id }: ReviewCase['subject'],
): Promise<{ readonly of: CaseId | null; readonly deciders: readonly AccountId[] }> {
  const [row] = await tx.query<{ of: CaseId | null; deciders: AccountId[] }>(sql`
    select (array_agg(c.id order by c.decided_at desc))[1] as of,
           coalesce(array_agg(distinct j.by) filter (where j.by is not null), '{}') as deciders
      from review_cases c
      left join lateral (select o.by from review_opinions o where o.case_id = c.id union select c.decided_by) j on true
     where c.subject_kind = ${kind} and c.subject_id = ${id} and c.state = 'decided'`);
  return row ?? { of: null, deciders: [] };
}

import type { Kind } from '../../accounts/account.ts';
import type { AccountId, EvidenceId, OwnerId } from '../../kernel/ids.ts';
import type { Reviewer } from '../../review/case.ts';
import type { Db, Tx } from '../../store/database.ts';
import { sql } from '../../store/sql.ts';
import type { InPersonSigning } from './in-person-signing.ts';

interface SigningRow {
  readonly evidence_id: EvidenceId;
  readonly state: InPersonSigning['state'];
  readonly appointed_at: Date | null;
  readonly place: string | null;
  readonly first_witness: AccountId | null;
  readonly second_witness: AccountId | null;
  readonly changed_at: Date;
}

export async function insertSigning(tx: Tx, id: EvidenceId): Promise<void> {
  await tx.query(
    sql`insert into in_person_signings (evidence_id, state) values (${id}, 'requested')`,
  );
}

/** Locked after its piece of evidence. */
export async function lockSigning(tx: Tx, id: EvidenceId): Promise<InPersonSigning | undefined> {
  const [row] = await tx.query<SigningRow>(
    sql`select * from in_person_signings where evidence_id = ${id} for update`,
  );
  return row && toSigning(row);
}

/** A signing as its owner sees it. */
export interface ShownSigning {
  readonly state: InPersonSigning['state'];
  readonly at: Date | null;
  readonly place: string | null;
}

export async function findSignings(
  db: Db,
  account: AccountId,
): Promise<ReadonlyMap<EvidenceId, ShownSigning>> {
  const rows = await db.query<ShownSigning & { readonly id: EvidenceId }>(sql`
    select s.evidence_id as id, s.state, s.appointed_at as at, s.place from in_person_signings s join evidence e on e.id = s.evidence_id
     where e.account_id = ${account}`);
  return new Map(rows.map(({ id, ...signing }) => [id, signing]));
}

/** A signing that waits for an appointment or for its witnesses. */
export interface OpenSigning {
  readonly evidenceId: EvidenceId;
  readonly accountId: AccountId;
  readonly ownerId: OwnerId;
  readonly kind: Kind;
  readonly state: 'requested' | 'appointed' | 'attested';
  readonly at: Date | null;
  readonly place: string | null;
  readonly first: AccountId | null;
  readonly submittedAt: Date;
  readonly now: Date;
}

/** Those that this reviewer may take: first those without a day, then by their day. */
export async function findOpenSignings(db: Db, { id, related }: Reviewer): Promise<OpenSigning[]> {
  return await db.query<OpenSigning>(sql`
    select e.id as "evidenceId", e.account_id as "accountId", e.owner_id as "ownerId", a.kind, s.state, s.appointed_at as at, s.place,
           s.first_witness as first, e.submitted_at as "submittedAt", bindery_now() as now
      from evidence e
      join in_person_signings s on s.evidence_id = e.id and s.state in ('requested', 'appointed', 'attested')
      join account_cards a on a.id = e.account_id
     where e.type = 'in_person_signing' and e.state = 'checking' and a.id <> ${id}
       and e.owner_id <> all (${related}::text[]) and (a.owner_id is null or a.owner_id <> all (${related}::text[]))
     order by s.appointed_at nulls first, e.submitted_at limit 100`);
}

export async function findOpenSigning(db: Db, piece: string): Promise<OpenSigning | undefined> {
  const [row] = await db.query<OpenSigning>(sql`
    select e.id as "evidenceId", e.account_id as "accountId", e.owner_id as "ownerId", a.kind, s.state, s.appointed_at as at, s.place,
           s.first_witness as first, e.submitted_at as "submittedAt", bindery_now() as now
      from evidence e
      join in_person_signings s on s.evidence_id = e.id and s.state in ('requested', 'appointed', 'attested')
      join account_cards a on a.id = e.account_id
     where e.id = ${piece} and e.state = 'checking'`);
  return row;
}

export async function saveSigning(tx: Tx, id: EvidenceId, next: InPersonSigning): Promise<void> {
  const appointment = next.state === 'appointed' || next.state === 'attested' ? next : null;
  const [first, second] =
    next.state === 'signed'
      ? next.witnesses
      : [next.state === 'attested' ? next.first : null, null];
  await tx.query(sql`
    update in_person_signings set state = ${next.state}, appointed_at = coalesce(${appointment?.at ?? null}, appointed_at),
                                  place = coalesce(${appointment?.place ?? null}, place), first_witness = coalesce(${first}, first_witness),
                                  second_witness = ${second}, changed_at = bindery_now()
     where evidence_id = ${id}`);
}

/** Appointments that began `lasts` seconds ago or earlier. */
export async function findMissed(
  db: Db,
  { lasts, batch }: { readonly lasts: number; readonly batch: number },
): Promise<EvidenceId[]> {
  const rows = await db.query<{ evidence_id: EvidenceId }>(sql`
    select s.evidence_id from in_person_signings s join evidence e on e.id = s.evidence_id and e.state = 'checking'
     where s.state in ('appointed', 'attested') and s.appointed_at <= bindery_now() - make_interval(secs => ${lasts}) order by s.appointed_at limit ${batch}`);
  return rows.map(({ evidence_id }) => evidence_id);
}

/** Seconds until the next appointment counts as missed; those that do already are left out. */
export async function secondsToNextMiss(db: Db, lasts: number): Promise<number | undefined> {
  const [row] = await db.query<{ seconds: number }>(sql`
    select extract(epoch from appointed_at + make_interval(secs => ${lasts}) - bindery_now())::float8 as seconds
      from in_person_signings
     where state in ('appointed', 'attested') and appointed_at > bindery_now() - make_interval(secs => ${lasts})
     order by appointed_at limit 1`);
  return row?.seconds;
}

function toSigning(row: SigningRow): InPersonSigning {
  const { state, appointed_at: at, place, first_witness: first, second_witness: second } = row;
  switch (state) {
    case 'requested':
    case 'missed':
    case 'cancelled':
      return { state };
    case 'appointed':
      if (at !== null && place !== null) return { state, at, place };
      break;
    case 'attested':
      if (at !== null && place !== null && first !== null) return { state, at, place, first };
      break;
    case 'signed':
      if (first !== null && second !== null)
        return { state, witnesses: [first, second], signedAt: row.changed_at };
      break;
  }
  throw new Error(`the signing of ${row.evidence_id} has no value that ${state} needs`);
}

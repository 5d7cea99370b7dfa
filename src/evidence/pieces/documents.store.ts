import type { AcceptedUpload } from '../../documents/accept-upload.ts';
import type { MediaType } from '../../documents/media.ts';
import type {
  AccountId,
  CheckId,
  CorrectionId,
  DocumentId,
  EvidenceId,
  OwnerId,
} from '../../kernel/ids.ts';
import type { Db, Tx } from '../../store/database.ts';
import { jobStatement } from '../../store/jobs.store.ts';
import { sql, together } from '../../store/sql.ts';
import type { EvidenceType } from './evidence-type.ts';

interface NewDocuments {
  readonly evidence?: EvidenceId;
  readonly correction?: CorrectionId;
  readonly check?: CheckId;
  readonly owner: OwnerId;
  readonly documents: readonly AcceptedUpload[];
}

export async function insertDocuments(
  tx: Tx,
  { evidence, correction, check, owner, documents }: NewDocuments,
): Promise<void> {
  for (const { id, mediaType, size } of documents) {
    await tx.query(sql`
      insert into evidence_documents (id, evidence_id, correction_id, check_id, owner_id, media_type, size)
      values (${id}, ${evidence}, ${correction}, ${check}, ${owner}, ${mediaType}, ${size})`);
  }
}

export interface StoredDocument {
  readonly id: DocumentId;
  readonly ownerId: OwnerId;
  readonly mediaType: MediaType;
}

export async function findDocumentsOf(db: Db, evidence: EvidenceId): Promise<StoredDocument[]> {
  return await db.query<StoredDocument>(sql`
    select id, owner_id as "ownerId", media_type as "mediaType" from evidence_documents where evidence_id = ${evidence} order by id`);
}

/** A document as its owner sees it. */
export interface KeptDocument extends StoredDocument {
  readonly evidence: EvidenceId | null;
  readonly type: EvidenceType | null;
  /** Whether it shows a face that is checked for a binding. */
  readonly check: boolean;
  readonly size: number;
  readonly storedAt: Date;
  readonly removeAt: Date | null;
}

/** What an account submitted and is still stored, the newest first. */
export async function findDocumentsFrom(db: Db, account: AccountId): Promise<KeptDocument[]> {
  return await db.query<KeptDocument>(sql`
    select d.id, d.owner_id as "ownerId", d.media_type as "mediaType", d.evidence_id as evidence, e.type, d.check_id is not null as check, d.size,
           d.stored_at as "storedAt", d.remove_at as "removeAt"
      from evidence_documents d left join evidence e on e.id = d.evidence_id
     where d.evidence_id = any(array(select id from evidence where account_id = ${account}))
        or d.correction_id = any(array(select id from corrections where account_id = ${account}))
        or d.check_id = any(array(select id from step_up_checks where account_id = ${account}))
     order by d.stored_at desc, d.id`);
}

/**
 * Sets when the documents of a piece are removed: in `seconds`, or never while it counts (null).
 */
export async function scheduleRemoval(
  tx: Tx,
  evidence: EvidenceId,
  seconds: number | null,
): Promise<void> {
  await tx.query(sql`
    update evidence_documents set remove_at = bindery_now() + make_interval(secs => ${seconds}::int) where evidence_id = ${evidence}`);
}

export async function scheduleRemovalOfCorrection(
  tx: Tx,
  correction: CorrectionId,
  seconds: number,
): Promise<void> {
  await tx.query(sql`
    update evidence_documents set remove_at = bindery_now() + make_interval(secs => ${seconds}::int) where correction_id = ${correction}`);
}

export async function findDocumentsOfCheck(db: Db, check: CheckId): Promise<StoredDocument[]> {
  return await db.query<StoredDocument>(sql`
    select id, owner_id as "ownerId", media_type as "mediaType" from evidence_documents where check_id = ${check}`);
}

/** The picture goes at once: a job is enqueued with it. */
export async function scheduleRemovalOfCheck(tx: Tx, check: CheckId): Promise<void> {
  const due = sql`
    update evidence_documents set remove_at = bindery_now() where check_id = ${check}`;
  await tx.query(together([due, jobStatement({ task: 'remove-documents', cause: check })]));
}

/** Seconds until the next document is to go; those that are due already do not count. */
export async function secondsToNextRemoval(db: Db): Promise<number | undefined> {
  const [row] = await db.query<{ seconds: number }>(sql`
    select extract(epoch from remove_at - bindery_now())::float8 as seconds
      from evidence_documents where remove_at > bindery_now() order by remove_at limit 1`);
  return row?.seconds;
}

/** Removes now what would be stored for a while: all that an account submitted of these types. */
export async function expediteRemoval(
  tx: Tx,
  account: AccountId,
  types: readonly EvidenceType[],
): Promise<void> {
  await tx.query(sql`
    update evidence_documents set remove_at = bindery_now()
     where evidence_id = any(array(select id from evidence where account_id = ${account} and type = any(${types}::text[])))`);
}

/** Of checks that wait for an answer. Others have no documents left. */
export async function expediteRemovalOfChecks(tx: Tx, account: AccountId): Promise<void> {
  await tx.query(sql`
    update evidence_documents set remove_at = bindery_now()
     where check_id = any(array(select id from step_up_checks where account_id = ${account}))`);
}

/**
 * All that these accounts submitted, as evidence or for a correction, and all that anybody
 * submitted about this owner.
 */
export async function expediteRemovalOf(
  tx: Tx,
  accounts: readonly AccountId[],
  owner: OwnerId | null,
): Promise<void> {
  await tx.query(sql`
    update evidence_documents d set remove_at = bindery_now()
     where d.owner_id = ${owner}
        or d.evidence_id = any(array(select id from evidence where account_id = any(${accounts}::text[])))
        or d.correction_id = any(array(select id from corrections where account_id = any(${accounts}::text[])))
        or d.check_id = any(array(select id from step_up_checks where account_id = any(${accounts}::text[])))`);
}

export async function findDueDocuments(db: Db, batch: number): Promise<DocumentId[]> {
  const rows = await db.query<{ id: DocumentId }>(sql`
    select id from evidence_documents where remove_at <= bindery_now() order by remove_at limit ${batch}`);
  return rows.map(({ id }) => id);
}

export async function deleteDocument(db: Db, id: DocumentId): Promise<void> {
  await db.query(
    sql`delete from evidence_documents where id = ${id} and remove_at <= bindery_clock()`,
  );
}

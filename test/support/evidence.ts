import { randomBytes } from 'node:crypto';
import type { Kind } from '../../src/accounts/account.ts';
import { insertEvidence, lockEvidence } from '../../src/evidence/pieces/evidence.store.ts';
import { type EvidenceType, REQUIRED } from '../../src/evidence/pieces/evidence-type.ts';
import { handleEvidenceCommand } from '../../src/evidence/pieces/handle-evidence-command.ts';
import { lockApplicant } from '../../src/evidence/pieces/requalify.ts';
import { type AccountId, type EvidenceId, newId, type OwnerId } from '../../src/kernel/ids.ts';
import { LIFETIMES } from '../../src/lifetimes.ts';
import type { Database } from '../../src/store/database.ts';
import { sql } from '../../src/store/sql.ts';

const BY_SYSTEM = { actor: 'system', lifetimes: LIFETIMES };

/** An account without any evidence. */
export async function makeApplicant(db: Database, kind: Kind = 'personal'): Promise<AccountId> {
  const id = newId('acc');
  await db.query(sql`
    insert into accounts (id, login, password_hash, display_name, kind, administrator_id)
    values (${id}, ${id.toLowerCase()}, 'x', ${`Applicant ${id.slice(-4)}`}, ${kind}, ${kind === 'enterprise' ? id : null})`);
  return id;
}

/** The owner that an applicant claims: recorded and not verified. */
export async function makeClaimedOwner(
  db: Database,
  kind: 'person' | 'organisation' = 'person',
): Promise<OwnerId> {
  const id = newId('own');
  await db.query(
    sql`insert into owners (id, kind, identity_index) values (${id}, ${kind}, ${randomBytes(32)})`,
  );
  return id;
}

/** A piece that went through all states up to acceptance. */
export async function proveOne(
  db: Database,
  {
    account,
    owner,
    type,
    validUntil = null,
  }: { account: AccountId; owner: OwnerId; type: EvidenceType; validUntil?: Date | null },
): Promise<EvidenceId> {
  const id = newId('evi');
  await db.transaction(async (tx) => {
    await lockApplicant(tx, { accountId: account, ownerId: owner });
    await insertEvidence(tx, { id, accountId: account, ownerId: owner, type, validUntil });
    for (const command of ['examine', 'accept'] as const) {
      const stored = await lockEvidence(tx, id);
      if (!stored) throw new Error('evidence just written is gone');
      const { now } = stored;
      const settled =
        command === 'examine'
          ? await handleEvidenceCommand(
              tx,
              stored,
              { type: command, examiner: 'person', now },
              BY_SYSTEM,
            )
          : await handleEvidenceCommand(
              tx,
              stored,
              { type: command, by: 'person', validUntil, now },
              BY_SYSTEM,
            );
      if (!settled.ok) throw new Error(settled.refusal.site);
    }
  });
  return id;
}

/** All that R3 asks of the kind, the first alternative of each group. */
export async function proveAll(
  db: Database,
  {
    account,
    owner,
    kind = 'personal',
    validUntil = null,
  }: { account: AccountId; owner: OwnerId; kind?: Kind; validUntil?: Date | null },
): Promise<EvidenceId[]> {
  const ids: EvidenceId[] = [];
  for (const [type] of REQUIRED[kind])
    ids.push(await proveOne(db, { account, owner, type, validUntil }));
  return ids;
}

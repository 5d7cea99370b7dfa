import type { Account } from '../accounts/account.ts';
import { lockingAccounts, lockingOwnersOf } from '../accounts/accounts.store.ts';
import {
  type BroughtAccount,
  findByExternalIds,
  insertAccounts,
  type PresentAccount,
  saveDisplays,
  saveFirstPasswords,
} from '../accounts/import-accounts.store.ts';
import { appendAudits } from '../audit/audit-log.store.ts';
import { type AccountId, newId } from '../kernel/ids.ts';
import { ok, type Refusal, type Result, refuse } from '../kernel/refusals.ts';
import type { OwnerDeps } from '../owners/deps.ts';
import type { Tx } from '../store/database.ts';
import { runQueries } from '../store/query.ts';
import { changeProfile } from './change-profile.ts';
import { changeStatus } from './change-status.ts';
import type { Provisioner } from './create-account.ts';
import type { ImportRow, RowRefusal } from './import-row.ts';
import { tieOwnerByReference } from './tie-owner.ts';

export interface NumberedRow {
  readonly line: number;
  readonly row: ImportRow;
}

export interface RefusedRow {
  readonly line: number;
  readonly refusal: Refusal<RowRefusal>;
}

export interface ImportRules {
  readonly platform: string;
  /** What happens to accounts that are there already. */
  readonly existing: 'update' | 'skip';
  /** The operator believes what the platform says of its accounts' owners. */
  readonly believeOwners: boolean;
}

export type BatchOutcome = 'created' | 'changed' | 'unchanged' | Refusal<RowRefusal>;

const OWNER_REFERENCE = { field: 'ownerReference' } as const;

export type ImportDeps = Pick<OwnerDeps, 'secrets' | 'custody'>;

/**
 * Brings accounts that all have different external ids. New ones take one statement together, and
 * so do changes of names and pictures; whatever touches bindings goes through the use cases of one
 * account. Returns what became of each row. A refused row may be there in part: what its platform
 * says of its status counts whatever else is wrong with it.
 */
export async function importBatch(
  tx: Tx,
  deps: ImportDeps,
  { rows, rules, by }: { rows: readonly NumberedRow[]; rules: ImportRules; by: Provisioner },
): Promise<ReadonlyMap<number, BatchOutcome>> {
  const { platform } = rules;
  const outcomes = new Map<number, BatchOutcome>();
  const believed = rows.filter(({ line, row }) => {
    if (row.ownerReference === undefined || rules.believeOwners) return true;
    outcomes.set(line, refuse('owner_not_believed', 'PRO-7B1', OWNER_REFERENCE).refusal);
    return false;
  });
  const brought = believed.map((each) => ({ ...each, account: newAccount(each.row) }));
  const created = await insertAccounts(
    tx,
    platform,
    brought.map(({ account }) => account),
  );
  await appendAudits(
    tx,
    { action: 'account.created', actor: by.actor, detail: { origin: by.origin, platform } },
    [...created],
  );
  const idOf = new Map<number, AccountId>();
  const others: NumberedRow[] = [];
  for (const { line, row, account } of brought) {
    if (!created.has(account.id)) {
      others.push({ line, row });
      continue;
    }
    outcomes.set(line, 'created');
    idOf.set(line, account.id);
  }
  const present = await findByExternalIds(
    tx,
    platform,
    others.map(({ row }) => row.externalId),
  );
  const differing: (NumberedRow & { readonly id: AccountId })[] = [];
  for (const { line, row } of others) {
    const found = present.get(row.externalId);
    if (!found) {
      outcomes.set(line, taken('login').refusal);
      continue;
    }
    idOf.set(line, found.id);
    if (rules.existing === 'skip' || !differs(row, found)) outcomes.set(line, 'unchanged');
    else differing.push({ line, row, id: found.id });
  }
  for (const [line, outcome] of await change(tx, differing, by)) outcomes.set(line, outcome);

  for (const { line, row } of believed) {
    const id = idOf.get(line);
    if (row.ownerReference === undefined || id === undefined) continue;
    const tied = await tie(tx, deps, { id, reference: row.ownerReference, rules, by });
    if (!tied.ok) outcomes.set(line, tied.refusal);
  }
  return outcomes;
}

function newAccount(row: ImportRow): BroughtAccount {
  return {
    id: newId('acc'),
    externalId: row.externalId,
    login: row.login,
    displayName: row.displayName ?? row.login,
    avatarUrl: row.avatarUrl ?? null,
    kind: row.kind ?? 'personal',
    status: row.status ?? 'normal',
    passwordHash: row.passwordHash ?? null,
  };
}

type Comparable = Pick<Account, 'login' | 'displayName' | 'avatarUrl' | 'kind' | 'status'>;

function differs(row: ImportRow, found: PresentAccount): boolean {
  return (
    !sameFields(row, found, ['login', 'displayName', 'avatarUrl', 'kind', 'status']) ||
    (row.passwordHash !== undefined && !found.hasPassword)
  );
}

function sameFields(
  row: ImportRow,
  found: Comparable,
  fields: readonly (keyof Comparable)[],
): boolean {
  return fields.every((field) => row[field] === undefined || row[field] === found[field]);
}

/** Owners before accounts, each by id, as everywhere; their bindings are locked after. */
async function change(
  tx: Tx,
  differing: readonly (NumberedRow & { readonly id: AccountId })[],
  by: Provisioner,
): Promise<ReadonlyMap<number, BatchOutcome>> {
  const outcomes = new Map<number, BatchOutcome>();
  if (differing.length === 0) return outcomes;
  const ids = differing.map(({ id }) => id);
  const { accounts } = await runQueries(tx, {
    owners: lockingOwnersOf(ids),
    accounts: lockingAccounts(ids),
  });
  const displays: Pick<Account, 'id' | 'displayName' | 'avatarUrl'>[] = [];
  const passwords: { id: AccountId; passwordHash: string }[] = [];
  for (const { line, row, id } of differing) {
    const account = accounts.get(id);
    if (!account) throw new Error(`account ${id} is gone although accounts are never deleted`);
    outcomes.set(line, 'changed');
    if (row.passwordHash !== undefined) passwords.push({ id, passwordHash: row.passwordHash });
    if (row.status !== undefined) await changeStatus(tx, id, row.status, by);
    if (sameFields(row, account, ['login', 'kind'])) {
      const { displayName = account.displayName, avatarUrl = account.avatarUrl } = row;
      if (displayName !== account.displayName || avatarUrl !== account.avatarUrl)
        displays.push({ id, displayName, avatarUrl });
      continue;
    }
    const changed = await changeProfile(tx, id, present(row), by);
    if (!changed.ok) outcomes.set(line, refusalOf(changed.refusal));
  }
  const detail = { origin: by.origin };
  if (displays.length > 0) {
    await saveDisplays(tx, displays);
    const fields = ['displayName', 'avatarUrl'];
    await appendAudits(
      tx,
      { action: 'account.changed', actor: by.actor, detail: { ...detail, fields } },
      displays.map(({ id }) => id),
    );
  }
  if (passwords.length > 0) {
    const saved = await saveFirstPasswords(tx, passwords);
    await appendAudits(tx, { action: 'account.password_imported', actor: by.actor, detail }, saved);
  }
  return outcomes;
}

function present({ login, displayName, avatarUrl, kind }: ImportRow) {
  return {
    login,
    ...(displayName === undefined ? {} : { displayName }),
    ...(avatarUrl === undefined ? {} : { avatarUrl }),
    ...(kind === undefined ? {} : { kind }),
  };
}

function refusalOf(
  refusal: Refusal<'invalid_field' | 'unknown_account' | 'login_taken' | 'kind_in_use'>,
): Refusal<RowRefusal> {
  const { code, site, detail } = refusal;
  if (code === 'unknown_account') throw new Error(`a locked account is gone (${site})`);
  const field = code === 'kind_in_use' ? 'kind' : code === 'login_taken' ? 'login' : detail?.field;
  return { code, site, detail: { field } };
}

function taken(field: 'login') {
  return refuse('login_taken', 'PRO-7B0', { field });
}

async function tie(
  tx: Tx,
  deps: ImportDeps,
  {
    id,
    reference,
    rules,
    by,
  }: { id: AccountId; reference: string; rules: ImportRules; by: Provisioner },
): Promise<Result<void, RowRefusal>> {
  const word = { accountId: id, platform: rules.platform, reference };
  const tied = await tieOwnerByReference(tx, deps, word, by);
  if (tied.ok) return ok(undefined);
  const { code, site } = tied.refusal;
  if (code === 'unknown_account') throw new Error(`a locked account is gone (${site})`);
  const known = code === 'invalid_reference' ? 'invalid_field' : code;
  return { ok: false, refusal: { code: known, site, detail: OWNER_REFERENCE } };
}

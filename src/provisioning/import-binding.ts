import { LOCAL_PLATFORM } from '../accounts/account.ts';
import { findAccount, findAccountByExternalId } from '../accounts/accounts.store.ts';
import {
  type BindingRow,
  lockBinding,
  lockBindingsOf,
  pairFactsOf,
} from '../binding/bindings.store.ts';
import type { BindingDeps } from '../binding/deps.ts';
import { factsOfPair, lockParties, type Parties } from '../binding/gather-facts.ts';
import { bindAccounts, handleBindingCommand } from '../binding/handle-binding-command.ts';
import { tell } from '../evidence/pieces/notices.store.ts';
import { type AccountId, type BindingId, newId } from '../kernel/ids.ts';
import { ok, type Result, refuse } from '../kernel/refusals.ts';
import { DAY, plusSeconds } from '../kernel/time.ts';
import { affiliationOf } from '../owners/affiliations.store.ts';
import type { Pack } from '../policy/pack.ts';
import { readClock } from '../store/clock.store.ts';
import type { Db, Tx } from '../store/database.ts';
import { runQueries } from '../store/query.ts';
import type { Provisioner } from './create-account.ts';
import {
  type Acceptable,
  type AccountName,
  checkExisting,
  type ExistingBinding,
  type ExistingFacts,
  type ExistingRefusal,
  gradeUnder,
} from './existing-binding.ts';

export interface TakeOver {
  readonly existing: ExistingBinding;
  /** Say what would happen, and change nothing. */
  readonly dryRun: boolean;
}

/** `unchanged`: it is bound here already. `over_limit`: it is bound, and marked. */
export type Taken = 'bound' | 'over_limit' | 'unchanged';

/**
 * Takes over a binding that was made elsewhere (R50): under the locks of a new one, with the same
 * event and audit row. Both sides are told, and asked to confirm it.
 */
export async function importBinding(
  { db, packs }: Pick<BindingDeps, 'db' | 'packs'>,
  { existing, dryRun }: TakeOver,
  { actor, origin }: Provisioner,
): Promise<Result<Taken, ExistingRefusal>> {
  const pack = packs.find(existing.pack);
  if (!pack) return refuse('unknown_pack', 'PRO-9I0', { field: 'pack' });
  const grade = gradeUnder(pack, existing);
  if (!grade.ok) return { ok: false, refusal: { ...grade.refusal, detail: { field: 'grade' } } };
  const primaryId = await findNamed(db, existing.primary);
  if (!primaryId) return refuse('unknown_account', 'PRO-9I1', { field: 'primary' });
  const subId = await findNamed(db, existing.sub);
  if (!subId) return refuse('unknown_account', 'PRO-9I2', { field: 'sub' });

  return await db.transaction(async (tx): Promise<Result<Taken, ExistingRefusal>> => {
    const now = await readClock(tx);
    if (existing.since > now) return refuse('since_ahead', 'PRO-9I3', { field: 'since' });
    const parties = await lockParties(tx, primaryId, subId);
    const bound = (await lockBindingsOf(tx, [subId])).find(({ sub_id }) => sub_id === subId);
    if (bound?.primary_id === primaryId && bound.pack === pack.id) return ok('unchanged');
    const checked = checkExisting(await factsOf(tx, parties, pack), pack);
    if (!checked.ok) return checked;
    const taken = checked.value.overLimit ? 'over_limit' : 'bound';
    if (!dryRun)
      await take(
        tx,
        { existing, pack, grade: grade.value, parties, now, ...checked.value },
        {
          actor,
          origin,
        },
      );
    return ok(taken);
  });
}

interface Accepted extends Acceptable {
  readonly existing: ExistingBinding;
  readonly pack: Pack;
  readonly grade: number | null;
  readonly parties: Parties;
  readonly now: Date;
}

async function take(
  tx: Tx,
  { existing, pack, grade, parties, now, sameOwnerMethod, overLimit, frozen }: Accepted,
  { actor, origin: by }: Provisioner,
): Promise<void> {
  const { primary, sub, primaryOwner, subOwner } = parties;
  if (!primaryOwner || !subOwner) throw new Error('an owner that was checked is gone');
  const id = newId('bnd');
  const { origin, since, holds } = existing;
  const { confirmDays } = pack.import;
  await bindAccounts(
    tx,
    {
      id,
      primaryId: primary.id,
      subId: sub.id,
      primaryOwnerId: primaryOwner.id,
      subOwnerId: subOwner.id,
      pack: pack.id,
      packVersion: pack.version,
      platform: primary.platform,
      kind: primary.kind,
      sameOwnerMethod,
      taken: {
        origin,
        at: now,
        confirmBy: confirmDays === 0 ? null : plusSeconds(now, confirmDays * DAY),
        overLimit,
      },
    },
    { type: 'bind', now, graded: grade !== null, before: { since, grade: grade ?? 1 } },
    { actor, detail: { origin: by, madeAt: origin, overLimit } },
  );
  for (const holder of [...holds, ...(frozen ? (['platform'] as const) : [])])
    await handleBindingCommand(
      tx,
      await getBinding(tx, id),
      { type: 'suspend', by: holder },
      { actor, detail: { because: 'imported' } },
    );
  await tell(
    tx,
    [primary.id, sub.id].map((accountId) => ({
      accountId,
      what: 'binding.imported',
      reason: confirmDays === 0 ? 'imported' : 'imported_to_confirm',
      evidenceId: null,
      bindingId: id,
    })),
  );
}

async function getBinding(tx: Tx, id: BindingId): Promise<BindingRow> {
  const row = await lockBinding(tx, id);
  if (!row) throw new Error(`binding ${id} is gone`);
  return row;
}

async function factsOf(tx: Tx, parties: Parties, pack: Pack): Promise<ExistingFacts> {
  const { primary, sub } = parties;
  const { pair, affiliatedAt } = await runQueries(tx, {
    pair: pairFactsOf({ primary, sub: sub.id, pack: pack.id, except: null }),
    affiliatedAt: affiliationOf(primary.ownerId, sub.ownerId),
  });
  return factsOfPair(parties, pair, affiliatedAt);
}

/** Where Bindery is the platform, an account may be called by its id. */
async function findNamed(
  db: Db,
  { platform, externalId }: AccountName,
): Promise<AccountId | undefined> {
  const found = await findAccountByExternalId(db, platform, externalId);
  if (found) return found.id;
  const own = platform === LOCAL_PLATFORM ? await findAccount(db, externalId) : undefined;
  return own?.platform === LOCAL_PLATFORM ? own.id : undefined;
}

import type { AccountId, BindingId } from '../kernel/ids.ts';
import { ok, type Result, recoded, refuse } from '../kernel/refusals.ts';
import {
  type Difference,
  differenceOf,
  type GainedPermissions,
} from '../permissions/permissions.ts';
import type { Pack } from '../policy/pack.ts';
import { changesBetween } from '../policy/pack-changes.ts';
import type { Tx } from '../store/database.ts';
import { toBinding } from './binding-row.ts';
import { lockBinding } from './bindings.store.ts';
import type { BindingDeps } from './deps.ts';
import { handleBindingCommand, type StoredBinding } from './handle-binding-command.ts';
import { savePackVersion } from './pinned.store.ts';

/** `elsewhere`: it goes by neither version. `unknown_grade`: the new version has no such grade. */
export type MoveRefusal =
  | 'unknown_binding'
  | 'already_there'
  | 'elsewhere'
  | 'already_ended'
  | 'unknown_grade';

export interface PackMove {
  readonly bindingId: string;
  /** Two versions of one pack. */
  readonly from: Pack;
  readonly to: Pack;
  readonly by: string;
}

export interface MoveDeps extends Pick<BindingDeps, 'db'> {
  /** Tells both sides that other rules hold. compose.ts gives it: a room above keeps notices. */
  readonly tellMoved: (
    tx: Tx,
    told: { readonly accounts: readonly AccountId[]; readonly binding: BindingId },
  ) => Promise<void>;
}

/**
 * Moves a binding to another version of its pack (R41), in one transaction. Rules about binding are
 * not checked again: a binding above a new limit stays. Of two moves at once, one is refused.
 */
export async function moveBinding(
  deps: MoveDeps,
  { bindingId, from, to, by }: PackMove,
): Promise<Result<Difference, MoveRefusal>> {
  return await deps.db.transaction(async (tx): Promise<Result<Difference, MoveRefusal>> => {
    const row = await lockBinding(tx, bindingId);
    if (!row || row.pack !== to.id) return refuse('unknown_binding', 'BIND-3M0');
    if (row.pack_version === to.version) return refuse('already_there', 'BIND-3M1');
    if (row.pack_version !== from.version)
      return refuse('elsewhere', 'BIND-3M2', { version: row.pack_version });
    const difference = differenceOf(from, to, row.reached?.length ?? null);
    const { now } = row;
    const gained = gainedBy(toBinding(row), difference, now);
    const handled = await handleBindingCommand(
      tx,
      row,
      { type: 'move', grades: to.grades?.length ?? 0, gained, now },
      {
        actor: by,
        detail: { pack: row.pack, from: row.pack_version, to: to.version, ...difference },
      },
    );
    if (!handled.ok) {
      const { code } = handled.refusal;
      const told = code === 'unknown_grade' ? code : 'already_ended';
      return { ok: false, refusal: recoded(handled.refusal, told) };
    }
    await savePackVersion(tx, row.id, to.version);
    if (isNoticeable(from, to, difference))
      await deps.tellMoved(tx, { accounts: [row.primary_id, row.sub_id], binding: row.id });
    return ok(difference);
  });
}

/** What was gained earlier and is still held, and what is gained now. */
function gainedBy(
  before: StoredBinding,
  { gained, lost }: Difference,
  now: Date,
): GainedPermissions {
  const earlier = before.state === 'purged' ? {} : before.gained;
  const kept = Object.entries(earlier).filter(([name]) => !lost.some((gone) => gone === name));
  return Object.fromEntries([...kept, ...gained.map((name) => [name, now] as const)]);
}

/** Would its owners notice the move? Then they are told. */
function isNoticeable(from: Pack, to: Pack, { gained, lost }: Difference): boolean {
  return (
    gained.length > 0 ||
    lost.length > 0 ||
    changesBetween(from, to).some(({ path }) => path.startsWith('sync.'))
  );
}

import { appendAudit } from '../audit/audit-log.store.ts';
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
import { decide, evolve } from './binding.ts';
import { toBinding } from './binding-row.ts';
import { type BindingRow, lockBinding, saveBinding } from './bindings.store.ts';
import type { BindingDeps } from './deps.ts';
import { savePackVersion } from './pinned.store.ts';

/** `elsewhere`: it goes by neither version any more, or never did. `unknown_grade`: its grade does not exist there. */
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
  /** Tells both sides that other rules hold; given from above, because notices are kept in a room above this one. */
  readonly tellMoved: (
    tx: Tx,
    told: { readonly accounts: readonly AccountId[]; readonly binding: BindingId },
  ) => Promise<void>;
}

/**
 * Moves a binding to another version of its pack (R41): state, event and audit row in one transaction. What is judged when
 * accounts are bound is not judged again: a binding too many stays. Of two moves at once one finds the binding moved.
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
    const binding = toBinding(row);
    const difference = differenceOf(from, to, row.reached?.length ?? null);
    const gained = gainedBy(binding.state === 'purged' ? {} : binding.gained, difference, row.now);
    const decided = decide(
      { type: 'move', grades: to.grades?.length ?? 0, gained, now: row.now },
      binding,
    );
    if (!decided.ok) {
      const { code } = decided.refusal;
      const told = code === 'unknown_grade' ? code : 'already_ended';
      return { ok: false, refusal: recoded(decided.refusal, told) };
    }
    const next = decided.value.reduce(evolve, binding as Parameters<typeof evolve>[0]);
    if (next.state === 'unbound')
      throw new Error(`binding ${row.id} cannot become unbound by a move`);
    await saveBinding(tx, row.id, next);
    await savePackVersion(tx, row.id, to.version);
    await write(tx, row, { difference, by, to, version: next.version });
    if (isNoticeable(from, to, difference))
      await deps.tellMoved(tx, { accounts: [row.primary_id, row.sub_id], binding: row.id });
    return ok(difference);
  });
}

/** What was gained earlier and is still held, and what comes now. */
function gainedBy(
  before: GainedPermissions,
  { gained, lost }: Difference,
  now: Date,
): GainedPermissions {
  const kept = Object.entries(before).filter(([name]) => !lost.some((gone) => gone === name));
  return Object.fromEntries([...kept, ...gained.map((name) => [name, now] as const)]);
}

/** Would its owners notice? Then they are told. */
function isNoticeable(from: Pack, to: Pack, { gained, lost }: Difference): boolean {
  return (
    gained.length > 0 ||
    lost.length > 0 ||
    changesBetween(from, to).some(({ path }) => path.startsWith('sync.'))
  );
}

interface Moved {
  readonly difference: Difference;
  readonly by: string;
  readonly to: Pack;
  readonly version: number;
}

async function write(
  tx: Tx,
  row: BindingRow,
  { difference, by, to, version }: Moved,
): Promise<void> {
  const detail = { pack: row.pack, from: row.pack_version, to: to.version, ...difference };
  const data = { binding: row.id, version, state: row.state };
  await appendAudit(tx, { action: 'binding.pack_moved', subject: row.id, actor: by, detail }, [
    { type: 'urn:bindery:event:binding-permissions-changed', stream: row.id, data },
  ]);
}

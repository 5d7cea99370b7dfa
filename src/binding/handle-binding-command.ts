import { appendAudit, type PublicEvent } from '../audit/audit-log.store.ts';
import { ok, type Result } from '../kernel/refusals.ts';
import type { Tx } from '../store/database.ts';
import {
  type Binding,
  type BindingCommand,
  type BindingEvent,
  type BindingRefusalCode,
  decide,
  evolve,
  STATUS_OF,
  UNBOUND,
} from './binding.ts';
import { toBinding } from './binding-row.ts';
import { type BindingRow, insertBinding, type NewBinding, saveBinding } from './bindings.store.ts';
import { setStatus } from './status.store.ts';

/** A binding that has a row. */
export type StoredBinding = Exclude<Binding, { state: 'unbound' }>;

export interface BindingContext {
  /** Who asked: an account id, an operator's name, or 'system'. */
  readonly actor: string | null;
  /** What only the caller knows, for the audit row. */
  readonly detail?: Readonly<Record<string, unknown>>;
}

type EventType = BindingEvent['type'];
type Event<T extends EventType> = Extract<BindingEvent, { type: T }>;
type Members = Readonly<Record<string, unknown>>;

interface Change {
  readonly before: Binding;
  readonly after: StoredBinding;
}

/** What is written of an event: the action and detail of the audit row, the event for others. */
interface Recorded<T extends EventType> {
  readonly action: string;
  readonly event: PublicEvent | null;
  /** Members of the audit row's detail, beside those that the caller gives. */
  readonly detail: (event: Event<T>, change: Change) => Members;
  /** Members of the event's data, beside the binding's id and version. */
  readonly data: (event: Event<T>, change: Change) => Members;
}

const nothing = (): Members => ({});
const byParty = ({ by }: Event<'unbound'>): Members => ({ by });
const hold = ({ by }: Event<'suspended' | 'resumed'>, { after }: Change): Members => ({
  by,
  state: after.state,
});
const cause = ({ because }: Event<'revoked'>, { after }: Change): Members => ({
  by: because,
  state: after.state,
});
const grades = (
  { reached }: Event<'grade_raised' | 'grade_lowered'>,
  { before }: Change,
): Members => ({
  from: before.state === 'active' || before.state === 'suspended' ? before.reached?.length : null,
  to: reached?.length,
});
const grade = (
  { reached }: Event<'grade_raised' | 'grade_lowered'>,
  { after }: Change,
): Members => ({ state: after.state, grade: reached?.length });
const state = (_: unknown, { after }: Change): Members => ({ state: after.state });

/** A purge has no event of its own: the status list says that the binding is over. */
// biome-ignore format: a table is read by its columns
export const RECORDS = {
  bound:         { action: 'binding.bound',         event: 'urn:bindery:event:binding-established',         detail: nothing, data: nothing },
  suspended:     { action: 'binding.suspend',       event: 'urn:bindery:event:binding-suspended',           detail: hold,    data: hold },
  resumed:       { action: 'binding.resume',        event: 'urn:bindery:event:binding-resumed',             detail: hold,    data: hold },
  grade_raised:  { action: 'binding.grade_raised',  event: 'urn:bindery:event:binding-permissions-changed', detail: grades,  data: grade },
  grade_lowered: { action: 'binding.grade_lowered', event: 'urn:bindery:event:binding-permissions-changed', detail: grades,  data: grade },
  moved:         { action: 'binding.pack_moved',    event: 'urn:bindery:event:binding-permissions-changed', detail: nothing, data: state },
  unbound:       { action: 'binding.unbound',       event: 'urn:bindery:event:binding-ended',               detail: byParty, data: byParty },
  revoked:       { action: 'binding.revoke',        event: 'urn:bindery:event:binding-ended',               detail: cause,   data: cause },
  purged:        { action: 'binding.purged',        event: null,                                            detail: nothing, data: nothing },
} as const satisfies { readonly [T in EventType]: Recorded<T> };

/**
 * Decides `command` over a binding whose row is locked. Writes what follows in the same
 * transaction: state, status lists, audit row and event. A refusal writes nothing.
 */
export async function handleBindingCommand(
  tx: Tx,
  row: BindingRow,
  command: BindingCommand,
  context: BindingContext,
): Promise<Result<StoredBinding, BindingRefusalCode>> {
  const before = toBinding(row);
  const decided = decide(command, before);
  if (!decided.ok) return decided;
  const after = decided.value.reduce<Binding>(evolve, before);
  if (after.state === 'unbound') throw new Error(`binding ${row.id} cannot become unbound`);
  await saveBinding(tx, row.id, after);
  if (STATUS_OF[after.state] !== STATUS_OF[before.state])
    await setStatus(tx, row.id, STATUS_OF[after.state]);
  for (const event of decided.value) await record(tx, row.id, event, { before, after, ...context });
  return ok(after);
}

/** The first command, `bind`: it makes the row. No status list has an entry of it yet. */
export async function bindAccounts(
  tx: Tx,
  binding: NewBinding,
  command: Extract<BindingCommand, { type: 'bind' }>,
  context: BindingContext,
): Promise<void> {
  const decided = decide(command, UNBOUND);
  if (!decided.ok) throw new Error(`a new binding cannot be bound: ${decided.refusal.site}`);
  const after = decided.value.reduce<Binding>(evolve, UNBOUND);
  if (after.state !== 'active') throw new Error(`a new binding cannot be ${after.state}`);
  await insertBinding(tx, binding, after);
  for (const event of decided.value)
    await record(tx, binding.id, event, { before: UNBOUND, after, ...context });
}

async function record(
  tx: Tx,
  id: BindingRow['id'],
  event: BindingEvent,
  { actor, detail, ...change }: Change & BindingContext,
): Promise<void> {
  const recorded = RECORDS[event.type] as Recorded<EventType>; // the table's type pairs them
  const data = {
    binding: id,
    version: change.after.version,
    ...recorded.data(event, change),
  };
  await appendAudit(
    tx,
    {
      action: recorded.action,
      subject: id,
      actor,
      detail: { ...recorded.detail(event, change), ...detail },
    },
    recorded.event === null ? [] : [{ type: recorded.event, stream: id, data }],
  );
}

import { ok, type Result, refuse } from '../kernel/refusals.ts';
import { DAY, plusSeconds } from '../kernel/time.ts';
import type { GainedPermissions } from '../permissions/permissions.ts';
import type { Preconditions } from '../policy/unbinding-rules.ts';
import { missingForUnbinding, type UnbindingFacts } from './unbinding-preconditions.ts';

/**
 * Who may suspend and resume; `primary` and `sub` stand for the owners of the two accounts, `evidence` for the rule that a
 * binding acts only while both accounts are qualified (R5).
 */
export type Party = 'primary' | 'sub' | 'operator' | 'evidence';

type Side = Extract<Party, 'primary' | 'sub'>;

/** Why a binding is ended over its owners' heads: the evidence it rests on fell (R5), or the operator ends it. */
export type Cause = 'evidence' | 'operator';

/**
 * The life of a binding. `version` counts its changes, so that a relying party can tell an older token from a newer.
 *
 *              bind             suspend                    purge, after the
 *    unbound ────────▶ active ◀────────▶ suspended ⟲       pack's days
 *                        │      resume       │  another's hold
 *                        └── unbind, revoke ─┴───────▶ history ────────────▶ purged
 *
 * Suspending is a *hold* (R28): each party lays and lifts its own, the operator lifts all that people laid, and the binding acts again
 * when none is left. With a single hold, an intruder in one account could lift what the other side's owner relies on; and
 * nobody's word, the operator's neither, stands in for evidence.
 *
 * Under a pack with grades the primary raises and lowers what the sub may do (R40), in both live states; in both the
 * operator moves it to another version of its pack.
 */
export type Binding =
  | { readonly state: 'unbound' }
  | ({ readonly state: 'active' } & Life)
  | ({ readonly state: 'suspended'; readonly suspendedBy: readonly Party[] } & Life)
  | ({ readonly state: 'history'; readonly endedAt: Date } & Life) // visible, not operable (R26)
  | { readonly state: 'purged'; readonly version: number };

interface Life {
  readonly version: number;
  readonly since: Date;
  /** When each of its grades was reached, the first with the binding (R40); null under a pack without grades. */
  readonly reached: readonly Date[] | null;
  /** When a move to another version of the pack brought a permission, by name. */
  readonly gained: GainedPermissions;
}

export const UNBOUND: Binding = Object.freeze({ state: 'unbound' });

export type BindingState = Binding['state'];

/** Token Status List values (docs/protocol.md#status-list): 0 valid · 1 ended · 2 suspended · 3 history. */
// biome-ignore format: a table is read by its columns
export const STATUS_OF = {
  active:    0,
  suspended: 2,
  history:   3,
  purged:    1,
} as const satisfies Record<Exclude<BindingState, 'unbound'>, 0 | 1 | 2 | 3>;

export type BindingCommand =
  | { readonly type: 'bind'; readonly now: Date; readonly graded: boolean }
  | { readonly type: 'suspend'; readonly by: Party }
  | { readonly type: 'resume'; readonly by: Party }
  | {
      readonly type: 'raise';
      readonly by: Side;
      readonly to: number;
      readonly grades: number;
      readonly now: Date;
    } // of so many
  | { readonly type: 'lower'; readonly by: Side; readonly to: number }
  | {
      readonly type: 'move';
      readonly grades: number;
      readonly gained: GainedPermissions;
      readonly now: Date;
    } // to rules with so many
  | {
      readonly type: 'unbind';
      readonly by: Party;
      readonly now: Date;
      readonly facts: UnbindingFacts;
      readonly asked: Preconditions;
    }
  | { readonly type: 'revoke'; readonly because: Cause; readonly now: Date } // whatever the standing (R5)
  | { readonly type: 'purge'; readonly now: Date; readonly historyDays: number };

/** Each carries the whole of what it leads to, so that a stored event can be read without its predecessors. */
export type BindingEvent =
  | ({ readonly type: 'bound' } & Life)
  | ({
      readonly type: 'suspended';
      readonly by: Party;
      readonly suspendedBy: readonly Party[];
    } & Life)
  | ({
      readonly type: 'resumed';
      readonly by: Party;
      readonly suspendedBy: readonly Party[];
    } & Life)
  | ({ readonly type: 'regraded' | 'moved'; readonly suspendedBy: readonly Party[] } & Life)
  | ({ readonly type: 'unbound'; readonly by: Party; readonly endedAt: Date } & Life)
  | ({ readonly type: 'revoked'; readonly because: Cause; readonly endedAt: Date } & Life)
  | { readonly type: 'purged'; readonly version: number };

export type BindingRefusalCode =
  | 'not_bound'
  | 'already_bound'
  | 'already_suspended'
  | 'not_suspended'
  | 'not_your_suspension'
  | 'primary_only'
  | 'not_graded'
  | 'unknown_grade'
  | 'not_higher'
  | 'not_lower'
  | 'not_free' // with `detail.missing`
  | 'already_ended'
  | 'not_ended'
  | 'still_history';

type CommandType = BindingCommand['type'];
type In<S extends BindingState> = Extract<Binding, { state: S }>;
type Command<C extends CommandType> = Extract<BindingCommand, { type: C }>;
type Decided = Result<readonly BindingEvent[], BindingRefusalCode>;
type Operable = In<'active' | 'suspended'>;
type Rule<S extends BindingState, C extends CommandType> = (
  binding: In<S>,
  command: Command<C>,
) => Decided;

const notBound = refusing('not_bound', 'BIND-3B1');
const alreadyBound = refusing('already_bound', 'BIND-3B2');
const notSuspended = refusing('not_suspended', 'BIND-3B3');
const ended = refusing('already_ended', 'BIND-3B4');
const notEnded = refusing('not_ended', 'BIND-3B5');

// biome-ignore format: a table is read by its columns
const RULES = {
  unbound:   { bind,               suspend: notBound, resume: notBound,     raise: notBound, lower: notBound, move: notBound, unbind: notBound, revoke: notBound, purge: notBound },
  active:    { bind: alreadyBound, suspend,           resume: notSuspended, raise,           lower,           move,           unbind,           revoke,           purge: notEnded },
  suspended: { bind: alreadyBound, suspend,           resume,               raise,           lower,           move,           unbind,           revoke,           purge: notEnded },
  history:   { bind: ended,        suspend: ended,    resume: ended,        raise: ended,    lower: ended,    move: ended,    unbind: ended,    revoke: ended,    purge           },
  purged:    { bind: ended,        suspend: ended,    resume: ended,        raise: ended,    lower: ended,    move: ended,    unbind: ended,    revoke: ended,    purge: ended    },
} satisfies { readonly [S in BindingState]: { readonly [C in CommandType]: Rule<S, C> } };

/** What happens to the binding, or why nothing does. */
export function decide(command: BindingCommand, binding: Binding): Decided {
  const rule = RULES[binding.state][command.type] as Rule<BindingState, CommandType>; // the table's type pairs them
  return rule(binding, command);
}

export function evolve(_: Binding, event: BindingEvent): Binding {
  const { version } = event;
  if (event.type === 'purged') return { state: 'purged', version };
  const life = { version, since: event.since, reached: event.reached, gained: event.gained };
  switch (event.type) {
    case 'bound':
      return { state: 'active', ...life };
    case 'suspended':
    case 'resumed':
    case 'regraded':
    case 'moved':
      return event.suspendedBy.length === 0
        ? { state: 'active', ...life }
        : { state: 'suspended', ...life, suspendedBy: event.suspendedBy };
    case 'unbound':
    case 'revoked':
      return { state: 'history', ...life, endedAt: event.endedAt };
  }
}

function bind(_: In<'unbound'>, { now, graded }: Command<'bind'>): Decided {
  return ok([
    { type: 'bound', version: 1, since: now, reached: graded ? [now] : null, gained: {} },
  ]);
}

function suspend(binding: Operable, { by }: Command<'suspend'>): Decided {
  const holders = holdersOf(binding);
  if (holders.includes(by)) return refuse('already_suspended', 'BIND-3B6', { by });
  return ok([{ type: 'suspended', by, suspendedBy: [...holders, by], ...changed(binding) }]);
}

function resume(binding: In<'suspended'>, { by }: Command<'resume'>): Decided {
  const { suspendedBy } = binding;
  const left = suspendedBy.filter((holder) =>
    by === 'operator' ? holder === 'evidence' : holder !== by,
  );
  if (left.length === suspendedBy.length)
    return refuse('not_your_suspension', 'BIND-3B7', { by, suspendedBy });
  return ok([{ type: 'resumed', by, suspendedBy: left, ...changed(binding) }]);
}

/** The primary grants, and takes back at once (R40); each grade brings what those below it bring. */
function raise(binding: Operable, { by, to, grades, now }: Command<'raise'>): Decided {
  const { reached } = binding;
  if (by !== 'primary') return refuse('primary_only', 'BIND-3BA');
  if (reached === null) return refuse('not_graded', 'BIND-3BB');
  if (!Number.isInteger(to) || to < 1 || to > grades)
    return refuse('unknown_grade', 'BIND-3BC', { to, grades });
  if (to <= reached.length) return refuse('not_higher', 'BIND-3BD', { to, grade: reached.length });
  return ok([
    regraded(binding, [...reached, ...Array.from({ length: to - reached.length }, () => now)]),
  ]);
}

function lower(binding: Operable, { by, to }: Command<'lower'>): Decided {
  const { reached } = binding;
  if (by !== 'primary') return refuse('primary_only', 'BIND-3BE');
  if (reached === null) return refuse('not_graded', 'BIND-3BF');
  if (!Number.isInteger(to) || to < 1) return refuse('unknown_grade', 'BIND-3BG', { to });
  if (to >= reached.length) return refuse('not_lower', 'BIND-3BH', { to, grade: reached.length });
  return ok([regraded(binding, reached.slice(0, to))]);
}

function regraded(binding: Operable, reached: readonly Date[] | null) {
  return {
    type: 'regraded',
    suspendedBy: holdersOf(binding),
    ...changed(binding),
    reached,
  } as const;
}

/** Its grade goes along, or it stays. Where the pack had no grades and now does, it begins with the lowest. */
function move(binding: Operable, { grades, gained, now }: Command<'move'>): Decided {
  const { reached } = binding;
  if (reached !== null && reached.length > grades)
    return refuse('unknown_grade', 'BIND-3BJ', { grade: reached.length, grades });
  return ok([
    { ...regraded(binding, grades === 0 ? null : (reached ?? [now])), type: 'moved', gained },
  ]);
}

function unbind(binding: Operable, { by, now, facts, asked }: Command<'unbind'>): Decided {
  const missing = missingForUnbinding(facts, asked);
  if (missing.length > 0) return refuse('not_free', 'BIND-3B8', { missing });
  return ok([{ type: 'unbound', by, endedAt: now, ...changed(binding) }]);
}

function revoke(binding: Operable, { because, now }: Command<'revoke'>): Decided {
  return ok([{ type: 'revoked', because, endedAt: now, ...changed(binding) }]);
}

function purge(
  { endedAt, version }: In<'history'>,
  { now, historyDays }: Command<'purge'>,
): Decided {
  const due = plusSeconds(endedAt, historyDays * DAY);
  return now < due
    ? refuse('still_history', 'BIND-3B9', { due })
    : ok([{ type: 'purged', version: version + 1 }]);
}

function holdersOf(binding: Operable): readonly Party[] {
  return binding.state === 'suspended' ? binding.suspendedBy : [];
}

function changed({ version, since, reached, gained }: Life): Life {
  return { version: version + 1, since, reached, gained };
}

function refusing(code: BindingRefusalCode, site: string) {
  return ({ state }: Binding, { type }: BindingCommand): Decided =>
    refuse(code, site, { state, command: type });
}

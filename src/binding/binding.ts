import { ok, type Result, refuse } from '../kernel/refusals.ts';
import { DAY, plusSeconds } from '../kernel/time.ts';
import type { GainedPermissions } from '../permissions/permissions.ts';
import type { Preconditions } from '../policy/unbinding-rules.ts';
import { missingForUnbinding, type UnbindingFacts } from './unbinding.ts';

/**
 * Who may suspend and resume. `primary` and `sub` are the owners of the two accounts. `evidence` is
 * the rule that a binding acts only while both accounts are qualified (R5). `platform` is the rule
 * that it acts only while neither account is frozen there (R47). `confirmation` is the rule that a
 * binding from elsewhere acts only if its owners confirm it in time (R50).
 */
export type Party = 'primary' | 'sub' | 'operator' | (typeof RULE_HOLDS)[number];
/** Nobody lifts these by hand: only what they wait for does. */
const RULE_HOLDS = ['evidence', 'platform', 'confirmation'] as const;

type Side = Extract<Party, 'primary' | 'sub'>;

/**
 * Why a binding ends without its owners: its evidence is invalid (R5), the platform closed an account
 * (R47), or the operator ends it.
 */
export type Cause = 'evidence' | 'platform' | 'operator';

/**
 * The life of a binding. `version` counts its changes, so that a relying party can tell an older
 * token from a newer one.
 *
 *              bind             suspend                    purge, after the
 *    unbound ────────▶ active ◀────────▶ suspended ⟲       pack's days
 *                        │      resume       │  another's hold
 *                        └── unbind, revoke ─┴───────▶ history ────────────▶ purged
 *
 * To suspend is to lay a *hold* (R28). Each party lays and lifts its own hold; the operator lifts
 * all holds of people. The binding acts again when no hold is left. With one hold for all, an
 * intruder in one account could lift the hold of the other side's owner.
 *
 * In both live states the primary changes the grade of the sub, if the pack has grades (R40), and
 * the operator moves the binding to another version of its pack.
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
  /** When each of its grades was reached, the first with the binding (R40). Null: no grades. */
  readonly reached: readonly Date[] | null;
  /** When a move to another version of the pack brought a permission, by name. */
  readonly gained: GainedPermissions;
}

export const UNBOUND: Binding = Object.freeze({ state: 'unbound' });

export type BindingState = Binding['state'];

/**
 * Token Status List values (docs/protocol.md#status-list): 0 valid · 1 ended · 2 suspended · 3
 * history.
 */
// biome-ignore format: a table is read by its columns
export const STATUS_OF = {
  active:    0,
  suspended: 2,
  history:   3,
  purged:    1,
} as const satisfies Record<Exclude<BindingState, 'unbound'>, 0 | 1 | 2 | 3>;

export type BindingCommand =
  | Bind
  | { readonly type: 'suspend'; readonly by: Party }
  | { readonly type: 'resume'; readonly by: Party }
  | {
      readonly type: 'raise';
      readonly by: Side;
      readonly to: number;
      readonly grades: number;
      readonly now: Date;
    } // `grades`: how many there are
  | { readonly type: 'lower'; readonly by: Side; readonly to: number }
  | {
      readonly type: 'move';
      readonly grades: number;
      readonly gained: GainedPermissions;
      readonly now: Date;
    } // `grades`: how many the new version has
  | {
      readonly type: 'unbind';
      readonly by: Party;
      readonly now: Date;
      readonly facts: UnbindingFacts;
      readonly asked: Preconditions;
    }
  // Whatever the preconditions of R25.
  | { readonly type: 'revoke'; readonly because: Cause; readonly now: Date }
  | { readonly type: 'purge'; readonly now: Date; readonly historyDays: number };

interface Bind {
  readonly type: 'bind';
  readonly now: Date;
  readonly graded: boolean;
  /** It was made elsewhere, then, and has this grade (R50). */
  readonly before?: { readonly since: Date; readonly grade: number };
}

/** Each event holds all of the new state, so that it can be read without earlier events. */
export type BindingEvent =
  | ({ readonly type: 'bound' } & Life)
  | ({ readonly type: 'suspended'; readonly by: Party } & Held)
  | ({ readonly type: 'resumed'; readonly by: Party } & Held)
  | ({ readonly type: 'grade_raised' } & Held)
  | ({ readonly type: 'grade_lowered' } & Held)
  | ({ readonly type: 'moved' } & Held)
  | ({ readonly type: 'unbound'; readonly by: Party; readonly endedAt: Date } & Life)
  | ({ readonly type: 'revoked'; readonly because: Cause; readonly endedAt: Date } & Life)
  | { readonly type: 'purged'; readonly version: number };

interface Held extends Life {
  /** Empty: the binding is active. */
  readonly suspendedBy: readonly Party[];
}

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
  // The table's type pairs them.
  const rule = RULES[binding.state][command.type] as Rule<BindingState, CommandType>;
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
    case 'grade_raised':
    case 'grade_lowered':
    case 'moved':
      return event.suspendedBy.length === 0
        ? { state: 'active', ...life }
        : { state: 'suspended', ...life, suspendedBy: event.suspendedBy };
    case 'unbound':
    case 'revoked':
      return { state: 'history', ...life, endedAt: event.endedAt };
  }
}

function bind(_: In<'unbound'>, { now, graded, before }: Command<'bind'>): Decided {
  const { since, grade } = before ?? { since: now, grade: 1 };
  const reached = graded ? Array.from({ length: grade }, () => since) : null;
  return ok([{ type: 'bound', version: 1, since, reached, gained: {} }]);
}

function suspend(binding: Operable, { by }: Command<'suspend'>): Decided {
  const holders = holdersOf(binding);
  if (holders.includes(by)) return refuse('already_suspended', 'BIND-3B6', { by });
  return ok([{ type: 'suspended', by, suspendedBy: [...holders, by], ...changed(binding) }]);
}

function resume(binding: In<'suspended'>, { by }: Command<'resume'>): Decided {
  const { suspendedBy } = binding;
  const left = suspendedBy.filter((holder) =>
    by === 'operator' ? RULE_HOLDS.some((rule) => rule === holder) : holder !== by,
  );
  if (left.length === suspendedBy.length)
    return refuse('not_your_suspension', 'BIND-3B7', { by, suspendedBy });
  return ok([{ type: 'resumed', by, suspendedBy: left, ...changed(binding) }]);
}

/** The primary raises and lowers grades (R40). A grade includes what the lower grades bring. */
function raise(binding: Operable, { by, to, grades, now }: Command<'raise'>): Decided {
  const { reached } = binding;
  if (by !== 'primary') return refuse('primary_only', 'BIND-3BA');
  if (reached === null) return refuse('not_graded', 'BIND-3BB');
  if (!Number.isInteger(to) || to < 1 || to > grades)
    return refuse('unknown_grade', 'BIND-3BC', { to, grades });
  if (to <= reached.length) return refuse('not_higher', 'BIND-3BD', { to, grade: reached.length });
  const added = Array.from({ length: to - reached.length }, () => now);
  return ok([{ type: 'grade_raised', ...withGrades(binding, [...reached, ...added]) }]);
}

function lower(binding: Operable, { by, to }: Command<'lower'>): Decided {
  const { reached } = binding;
  if (by !== 'primary') return refuse('primary_only', 'BIND-3BE');
  if (reached === null) return refuse('not_graded', 'BIND-3BF');
  if (!Number.isInteger(to) || to < 1) return refuse('unknown_grade', 'BIND-3BG', { to });
  if (to >= reached.length) return refuse('not_lower', 'BIND-3BH', { to, grade: reached.length });
  return ok([{ type: 'grade_lowered', ...withGrades(binding, reached.slice(0, to)) }]);
}

function withGrades(binding: Operable, reached: readonly Date[] | null) {
  return { suspendedBy: holdersOf(binding), ...changed(binding), reached };
}

/**
 * The grade stays; where the new version lacks it, the move is refused. Where grades are new, the
 * binding gets the lowest.
 */
function move(binding: Operable, { grades, gained, now }: Command<'move'>): Decided {
  const { reached } = binding;
  if (reached !== null && reached.length > grades)
    return refuse('unknown_grade', 'BIND-3BJ', { grade: reached.length, grades });
  const grade = grades === 0 ? null : (reached ?? [now]);
  return ok([{ type: 'moved', ...withGrades(binding, grade), gained }]);
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

const holdersOf = (binding: Operable): readonly Party[] =>
  binding.state === 'suspended' ? binding.suspendedBy : [];

function changed({ version, since, reached, gained }: Life): Life {
  return { version: version + 1, since, reached, gained };
}

function refusing(code: BindingRefusalCode, site: string) {
  return ({ state }: Binding, { type: command }: BindingCommand): Decided =>
    refuse(code, site, { state, command });
}

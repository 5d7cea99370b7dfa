import type { AccountId } from '../kernel/ids.ts';
import { ok, type Result, refuse } from '../kernel/refusals.ts';
import type { CaseDecision } from './case.ts';

/**
 * How far a case is decided (R23).
 *
 *            accept, by the first of four eyes          accept by another
 *    open ──────────────────────────────────▶ half ────────────────────────▶ decided
 *     │ ◀──── what the reviewers see changed ────────┘ │                        ▲
 *     ├──── accept, where two eyes are enough ─────────┼────────────────────────┤
 *     └──── reject, by one reviewer ───────────────────┴────────────────────────┘
 *
 *    dropped ◀── from open and half, when the subject is over
 *
 * One rejection decides, because there is an appeal against it. A wrong acceptance harms people who
 * never hear of it, so it takes four eyes where the pack says so.
 */
export type Deliberation =
  | { readonly state: 'open'; readonly fourEyes: boolean }
  | { readonly state: 'half'; readonly first: AccountId }
  | { readonly state: 'decided'; readonly decision: CaseDecision; readonly by: AccountId }
  | { readonly state: 'dropped' };

export type DeliberationCommand =
  | { readonly type: 'accept' | 'reject'; readonly by: AccountId }
  | { readonly type: 'change' } // the applicant changed what reviewers see
  | { readonly type: 'drop' };

export type DeliberationEvent =
  | { readonly type: 'half_accepted' | 'accepted' | 'rejected'; readonly by: AccountId }
  | { readonly type: 'changed'; readonly fourEyes: boolean }
  | { readonly type: 'dropped' };

export type DeliberationRefusalCode = 'second_person_needed' | 'already_decided';

type State = Deliberation['state'];
type CommandType = DeliberationCommand['type'];
type In<S extends State> = Extract<Deliberation, { state: S }>;
type Command<C extends CommandType> = Extract<DeliberationCommand, { type: C }>;
type Decided = Result<readonly DeliberationEvent[], DeliberationRefusalCode>;
type Rule<S extends State, C extends CommandType> = (
  deliberation: In<S>,
  command: Command<C>,
) => Decided;

const done = ({ state }: Deliberation, { type }: DeliberationCommand): Decided =>
  refuse('already_decided', 'REV-2J0', { state, command: type });

// biome-ignore format: a table is read by its columns
const RULES = {
  open:    { accept: begin,  reject,         change,        drop },
  half:    { accept: second, reject: second, change: again, drop },
  decided: { accept: done,   reject: done,   change: done,  drop: done },
  dropped: { accept: done,   reject: done,   change: done,  drop: done },
} satisfies { readonly [S in State]: { readonly [C in CommandType]: Rule<S, C> } };

/** What an opinion or a change does to the deliberation, or the refusal. */
export function decide(command: DeliberationCommand, deliberation: Deliberation): Decided {
  // The table's type pairs them.
  const rule = RULES[deliberation.state][command.type] as Rule<State, CommandType>;
  return rule(deliberation, command);
}

export function evolve(_: Deliberation, event: DeliberationEvent): Deliberation {
  switch (event.type) {
    case 'half_accepted':
      return { state: 'half', first: event.by };
    case 'accepted':
      return { state: 'decided', decision: 'accept', by: event.by };
    case 'rejected':
      return { state: 'decided', decision: 'reject', by: event.by };
    case 'changed':
      return { state: 'open', fourEyes: event.fourEyes };
    case 'dropped':
      return { state: 'dropped' };
  }
}

function begin({ fourEyes }: In<'open'>, { by }: Command<'accept'>): Decided {
  return ok([{ type: fourEyes ? 'half_accepted' : 'accepted', by }]);
}

function reject(_: Deliberation, { by }: Command<'reject'>): Decided {
  return ok([{ type: 'rejected', by }]);
}

/** The first reviewer can neither be the second one nor take the acceptance back. */
function second({ first }: In<'half'>, { type, by }: Command<'accept' | 'reject'>): Decided {
  if (by === first) return refuse('second_person_needed', 'REV-2J1');
  return ok([{ type: type === 'accept' ? 'accepted' : 'rejected', by }]);
}

function change({ fourEyes }: In<'open'>): Decided {
  return ok([{ type: 'changed', fourEyes }]);
}

function again(): Decided {
  return ok([{ type: 'changed', fourEyes: true }]);
}

function drop(): Decided {
  return ok([{ type: 'dropped' }]);
}

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  type Binding,
  type BindingCommand,
  type BindingState,
  decide,
  evolve,
  type Party,
  STATUS_OF,
  UNBOUND,
} from '../../src/binding/binding.ts';
import { missingForUnbinding, type UnbindingFacts } from '../../src/binding/unbinding.ts';
import { PRECONDITIONS } from '../../src/policy/unbinding-rules.ts';

const since = new Date('2026-08-01T00:00:00Z');
const endedAt = new Date('2026-09-01T00:00:00Z');
const raisedAt = new Date('2026-08-10T00:00:00Z');
const day = (n: number, ms = 0) => new Date(endedAt.getTime() + n * 86_400_000 + ms);
const free: UnbindingFacts = { unsettledOrders: 0, live: false, accountStatus: 'normal' };
const busy: UnbindingFacts = { unsettledOrders: 2, live: true, accountStatus: 'restricted' };

/** At the second of three grades. Commands that do not concern grades give the same without. */
const reached = [since, raisedAt];
const life = { version: 4, since, reached, gained: { repost: raisedAt } } as const;
const suspended = (...suspendedBy: readonly Party[]) =>
  ({ state: 'suspended', ...life, suspendedBy }) as const;

const BINDINGS = {
  unbound: UNBOUND,
  active: { state: 'active', ...life },
  'held by primary': suspended('primary'),
  'held by both': suspended('primary', 'sub'),
  'held by operator': suspended('operator'),
  'held by evidence': suspended('evidence'),
  'held by sub and evidence': suspended('sub', 'evidence'),
  'held by platform': suspended('platform'),
  history: { state: 'history', ...life, endedAt },
  purged: { state: 'purged', version: 4 },
} as const satisfies Record<string, Binding>;

const COMMANDS = {
  bind: { type: 'bind', now: since, graded: true },
  'suspend by primary': { type: 'suspend', by: 'primary' },
  'suspend by sub': { type: 'suspend', by: 'sub' },
  'suspend by operator': { type: 'suspend', by: 'operator' },
  'suspend by evidence': { type: 'suspend', by: 'evidence' },
  'suspend by platform': { type: 'suspend', by: 'platform' },
  'resume by primary': { type: 'resume', by: 'primary' },
  'resume by sub': { type: 'resume', by: 'sub' },
  'resume by operator': { type: 'resume', by: 'operator' },
  'resume by evidence': { type: 'resume', by: 'evidence' },
  'resume by platform': { type: 'resume', by: 'platform' },
  'raise to 3': { type: 'raise', by: 'primary', to: 3, grades: 3, now: endedAt },
  'raise to 4': { type: 'raise', by: 'primary', to: 4, grades: 3, now: endedAt },
  'raise to 2': { type: 'raise', by: 'primary', to: 2, grades: 3, now: endedAt },
  'raise by sub': { type: 'raise', by: 'sub', to: 3, grades: 3, now: endedAt },
  'lower to 1': { type: 'lower', by: 'primary', to: 1 },
  'lower to 0': { type: 'lower', by: 'primary', to: 0 },
  'lower to 2': { type: 'lower', by: 'primary', to: 2 },
  'lower by sub': { type: 'lower', by: 'sub', to: 1 },
  'move to 3 grades': { type: 'move', grades: 3, gained: { comment: endedAt }, now: endedAt },
  'move to 1 grade': { type: 'move', grades: 1, gained: {}, now: endedAt },
  'move to none': { type: 'move', grades: 0, gained: {}, now: endedAt },
  'unbind, free': { type: 'unbind', by: 'sub', now: endedAt, facts: free, asked: PRECONDITIONS },
  'unbind, busy': {
    type: 'unbind',
    by: 'operator',
    now: endedAt,
    facts: busy,
    asked: PRECONDITIONS,
  },
  'revoke, evidence': { type: 'revoke', because: 'evidence', now: endedAt },
  'revoke, platform': { type: 'revoke', because: 'platform', now: endedAt },
  'revoke, operator': { type: 'revoke', because: 'operator', now: endedAt },
  'purge on day 90': { type: 'purge', now: day(90), historyDays: 90 },
  'purge before': { type: 'purge', now: day(90, -1), historyDays: 90 },
} as const satisfies Record<string, BindingCommand>;

/** The state that a cell names: always the next version, except for a new binding. */
const OUTCOMES: Record<string, Binding> = {
  bound: { state: 'active', version: 1, since, reached: [since], gained: {} },
  active: { state: 'active', ...life, version: 5 },
  P: { ...suspended('primary'), version: 5 },
  S: { ...suspended('sub'), version: 5 },
  O: { ...suspended('operator'), version: 5 },
  PS: { ...suspended('primary', 'sub'), version: 5 },
  PO: { ...suspended('primary', 'operator'), version: 5 },
  PSO: { ...suspended('primary', 'sub', 'operator'), version: 5 },
  OP: { ...suspended('operator', 'primary'), version: 5 },
  OS: { ...suspended('operator', 'sub'), version: 5 },
  E: { ...suspended('evidence'), version: 5 },
  PE: { ...suspended('primary', 'evidence'), version: 5 },
  PSE: { ...suspended('primary', 'sub', 'evidence'), version: 5 },
  OE: { ...suspended('operator', 'evidence'), version: 5 },
  EP: { ...suspended('evidence', 'primary'), version: 5 },
  ES: { ...suspended('evidence', 'sub'), version: 5 },
  EO: { ...suspended('evidence', 'operator'), version: 5 },
  SEP: { ...suspended('sub', 'evidence', 'primary'), version: 5 },
  SEO: { ...suspended('sub', 'evidence', 'operator'), version: 5 },
  F: { ...suspended('platform'), version: 5 },
  PF: { ...suspended('primary', 'platform'), version: 5 },
  PSF: { ...suspended('primary', 'sub', 'platform'), version: 5 },
  OF: { ...suspended('operator', 'platform'), version: 5 },
  EF: { ...suspended('evidence', 'platform'), version: 5 },
  SEF: { ...suspended('sub', 'evidence', 'platform'), version: 5 },
  FP: { ...suspended('platform', 'primary'), version: 5 },
  FS: { ...suspended('platform', 'sub'), version: 5 },
  FO: { ...suspended('platform', 'operator'), version: 5 },
  FE: { ...suspended('platform', 'evidence'), version: 5 },
  history: { state: 'history', ...life, version: 5, endedAt },
  purged: { state: 'purged', version: 5 },
};

const SHORT: Record<string, string> = {
  unbound: 'not_bound',
  bound: 'already_bound',
  held: 'already_suspended',
  not_held: 'not_suspended',
  not_yours: 'not_your_suspension',
  ended: 'already_ended',
  lives: 'not_ended',
  unknown: 'unknown_grade',
  primary: 'primary_only',
};

const COLUMNS = [
  'unbound',
  'active',
  'held by primary',
  'held by both',
  'held by operator',
  'held by evidence',
  'held by sub and evidence',
  'held by platform',
  'history',
  'purged',
] as const;

// Written by hand. A name is the binding after the command, `!` a refusal that changes nothing; P,
// S, O, E, F (the platform) hold it suspended.
// biome-ignore format: a table is read by its columns
const TABLE = {
  //                      unbound   active       held by P    held by P,S  held by O    held by E    held by S,E  held by F    history         purged
  'bind':                'bound     !bound       !bound       !bound       !bound       !bound       !bound       !bound       !ended          !ended',
  'suspend by primary':  '!unbound  P            !held        !held        OP           EP           SEP          FP           !ended          !ended',
  'suspend by sub':      '!unbound  S            PS           !held        OS           ES           !held        FS           !ended          !ended',
  'suspend by operator': '!unbound  O            PO           PSO          !held        EO           SEO          FO           !ended          !ended',
  'suspend by evidence': '!unbound  E            PE           PSE          OE           !held        !held        FE           !ended          !ended',
  'suspend by platform': '!unbound  F            PF           PSF          OF           EF           SEF          !held        !ended          !ended',
  'resume by primary':   '!unbound  !not_held    active       S            !not_yours   !not_yours   !not_yours   !not_yours   !ended          !ended',
  'resume by sub':       '!unbound  !not_held    !not_yours   P            !not_yours   !not_yours   E            !not_yours   !ended          !ended',
  'resume by operator':  '!unbound  !not_held    active       active       active       !not_yours   E            !not_yours   !ended          !ended',
  'resume by evidence':  '!unbound  !not_held    !not_yours   !not_yours   !not_yours   active       S            !not_yours   !ended          !ended',
  'resume by platform':  '!unbound  !not_held    !not_yours   !not_yours   !not_yours   !not_yours   !not_yours   active       !ended          !ended',
  'raise to 3':          '!unbound  up           up           up           up           up           up           up           !ended          !ended',
  'raise to 4':          '!unbound  !unknown     !unknown     !unknown     !unknown     !unknown     !unknown     !unknown     !ended          !ended',
  'raise to 2':          '!unbound  !not_higher  !not_higher  !not_higher  !not_higher  !not_higher  !not_higher  !not_higher  !ended          !ended',
  'raise by sub':        '!unbound  !primary     !primary     !primary     !primary     !primary     !primary     !primary     !ended          !ended',
  'lower to 1':          '!unbound  down         down         down         down         down         down         down         !ended          !ended',
  'lower to 0':          '!unbound  !unknown     !unknown     !unknown     !unknown     !unknown     !unknown     !unknown     !ended          !ended',
  'lower to 2':          '!unbound  !not_lower   !not_lower   !not_lower   !not_lower   !not_lower   !not_lower   !not_lower   !ended          !ended',
  'lower by sub':        '!unbound  !primary     !primary     !primary     !primary     !primary     !primary     !primary     !ended          !ended',
  'move to 3 grades':    '!unbound  moved        moved        moved        moved        moved        moved        moved        !ended          !ended',
  'move to 1 grade':     '!unbound  !unknown     !unknown     !unknown     !unknown     !unknown     !unknown     !unknown     !ended          !ended',
  'move to none':        '!unbound  !unknown     !unknown     !unknown     !unknown     !unknown     !unknown     !unknown     !ended          !ended',
  'unbind, free':        '!unbound  history      history      history      history      history      history      history      !ended          !ended',
  'unbind, busy':        '!unbound  !not_free    !not_free    !not_free    !not_free    !not_free    !not_free    !not_free    !ended          !ended',
  'revoke, evidence':    '!unbound  history      history      history      history      history      history      history      !ended          !ended',
  'revoke, platform':    '!unbound  history      history      history      history      history      history      history      !ended          !ended',
  'revoke, operator':    '!unbound  history      history      history      history      history      history      history      !ended          !ended',
  'purge on day 90':     '!unbound  !lives       !lives       !lives       !lives       !lives       !lives       !lives       purged          !ended',
  'purge before':        '!unbound  !lives       !lives       !lives       !lives       !lives       !lives       !lives       !still_history  !ended',
} as const satisfies Record<keyof typeof COMMANDS, string>;

/** Raising and lowering keep the state and change the grades. */
function outcomeOf(cell: string, before: Binding): Binding | undefined {
  if (cell === 'up') return { ...before, version: 5, reached: [...reached, endedAt] } as Binding;
  if (cell === 'moved') return { ...before, version: 5, gained: { comment: endedAt } } as Binding;
  if (cell === 'down') return { ...before, version: 5, reached: [since] } as Binding;
  return OUTCOMES[cell];
}

function apply(binding: Binding, command: BindingCommand): Binding {
  const decided = decide(command, binding);
  return decided.ok ? decided.value.reduce(evolve, binding) : binding;
}

describe('a binding: every state × command', () => {
  for (const name of Object.keys(COMMANDS) as (keyof typeof COMMANDS)[]) {
    const cells = TABLE[name].split(/\s+/);
    test(`${name}: ${COLUMNS.map((state, i) => `${state} → ${cells[i]}`).join(', ')}`, () => {
      expect(cells.length).toBe(COLUMNS.length);
      for (const [i, column] of COLUMNS.entries()) {
        const cell = String(cells[i]);
        const decided = decide(COMMANDS[name], BINDINGS[column]);
        expect([`${column}: ${cell}`, decided.ok]).toStrictEqual([
          `${column}: ${cell}`,
          !cell.startsWith('!'),
        ]);
        if (decided.ok)
          expect([column, apply(BINDINGS[column], COMMANDS[name])]).toStrictEqual([
            column,
            outcomeOf(cell, BINDINGS[column]),
          ]);
        else
          expect([column, decided.refusal.code]).toStrictEqual([
            column,
            SHORT[cell.slice(1)] ?? cell.slice(1),
          ]);
      }
    });
  }

  test('the table holds every state', () => {
    expect(new Set(COLUMNS.map((column) => BINDINGS[column].state))).toStrictEqual(
      new Set([...Object.keys(STATUS_OF), 'unbound']),
    );
  });
});

describe('a binding that was made elsewhere', () => {
  test('it keeps its beginning and its grade [R50]', () => {
    const before = { since, grade: 2 };
    const bind = { type: 'bind', now: endedAt, graded: true, before } as const;
    expect(apply(UNBOUND, bind)).toStrictEqual({
      state: 'active',
      version: 1,
      since,
      reached: [since, since],
      gained: {},
    });
    expect(apply(UNBOUND, { ...bind, graded: false })).toMatchObject({ since, reached: null });
  });

  test('only a confirmation lifts the hold for a missing one [R50]', () => {
    const held = apply(BINDINGS.active, { type: 'suspend', by: 'confirmation' });
    expect(held).toStrictEqual({ ...suspended('confirmation'), version: 5 });
    for (const by of ['primary', 'sub', 'operator', 'evidence', 'platform'] as const)
      expect([by, apply(held, { type: 'resume', by })]).toStrictEqual([by, held]);
    expect(apply(held, { type: 'resume', by: 'confirmation' }).state).toBe('active');
    const both = apply(held, { type: 'suspend', by: 'operator' });
    expect(apply(both, { type: 'resume', by: 'operator' })).toMatchObject({
      suspendedBy: ['confirmation'],
    });
  });
});

describe('ending a binding', () => {
  // biome-ignore format: a table is read by its columns
  const UNBINDING_FACTS: readonly (readonly [UnbindingFacts, readonly string[]])[] = [
    [free,                              []],
    [{ ...free, unsettledOrders: 1 },   ['orders_settled']],
    [{ ...free, live: true },           ['not_live']],
    [{ ...free, accountStatus: 'restricted' }, ['account_normal']],
    [{ ...free, accountStatus: 'closed' },     ['account_normal']],
    [{ ...busy, accountStatus: 'normal' },     ['orders_settled', 'not_live']],
    [busy,                              ['orders_settled', 'not_live', 'account_normal']],
  ];
  for (const [facts, missing] of UNBINDING_FACTS) {
    test(`unbinding with ${JSON.stringify(facts)} misses ${missing.join(', ') || 'nothing'} [R25]`, () => {
      expect(missingForUnbinding(facts, PRECONDITIONS)).toStrictEqual(missing);
      const decided = decide(
        { type: 'unbind', by: 'sub', now: endedAt, facts, asked: PRECONDITIONS },
        BINDINGS.active,
      );
      expect(decided.ok).toBe(missing.length === 0);
      if (!decided.ok) expect(decided.refusal.detail).toStrictEqual({ missing });
    });
  }

  test('a pack with fewer preconditions lets accounts unbind earlier [R25, R41]', () => {
    expect(missingForUnbinding(busy, ['not_live'])).toStrictEqual(['not_live']);
    expect(missingForUnbinding({ ...busy, live: false }, ['not_live'])).toStrictEqual([]);
    expect(missingForUnbinding(busy, [])).toStrictEqual([]);
  });

  test('history stays for exactly 90 days and is then purged [R26]', () => {
    const purge = (now: Date) =>
      apply(BINDINGS.history, { type: 'purge', now, historyDays: 90 }).state;
    expect([purge(day(0)), purge(day(90, -1)), purge(day(90))]).toStrictEqual([
      'history',
      'history',
      'purged',
    ]);
  });

  test('the status list says valid, suspended, history or ended', () => {
    expect(STATUS_OF).toStrictEqual({ active: 0, suspended: 2, history: 3, purged: 1 });
  });
});

describe('suspending a binding', () => {
  test('either side suspends at once, even with open orders or a broadcast [R28]', () => {
    for (const by of ['primary', 'sub'] as const) {
      expect(apply(BINDINGS.active, { type: 'suspend', by }).state).toBe('suspended');
      expect(
        decide(
          { type: 'unbind', by, now: endedAt, facts: busy, asked: PRECONDITIONS },
          BINDINGS.active,
        ).ok,
      ).toBe(false);
    }
  });

  test('one side cannot lift the hold of the other side [R28]', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('suspend', 'resume' as const), { maxLength: 20 }),
        (tries) => {
          const held = apply(BINDINGS.active, { type: 'suspend', by: 'primary' });
          const after = tries.reduce(
            (binding: Binding, type) => apply(binding, { type, by: 'sub' }),
            held,
          );
          expect(after.state).toBe('suspended');
        },
      ),
    );
  });

  test('neither owner nor operator can lift a hold by evidence [R5]', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom<Party>('primary', 'sub', 'operator'), { maxLength: 20 }),
        (tries) => {
          const held = apply(BINDINGS['held by sub and evidence'], {
            type: 'suspend',
            by: 'primary',
          });
          const after = tries.reduce(
            (binding: Binding, by) => apply(binding, { type: 'resume', by }),
            held,
          );
          expect(after.state === 'suspended' && after.suspendedBy.includes('evidence')).toBe(true);
        },
      ),
    );
  });

  /** The arrows of the diagram in the comment of the type. */
  const ARROWS: Record<BindingState, readonly BindingState[]> = {
    unbound: ['active'],
    active: ['suspended', 'active', 'history'],
    suspended: ['suspended', 'active', 'history'],
    history: ['purged'],
    purged: [],
  };

  test('no command leaves the diagram, and each change raises the version by one', () => {
    const commands = fc.array(fc.constantFrom<BindingCommand>(...Object.values(COMMANDS)), {
      maxLength: 40,
    });
    fc.assert(
      fc.property(commands, (walk) => {
        let binding: Binding = UNBOUND;
        for (const command of walk) {
          const after = apply(binding, command);
          if (decide(command, binding).ok) {
            expect([
              `${binding.state} → ${after.state}`,
              ARROWS[binding.state].includes(after.state),
            ]).toStrictEqual([`${binding.state} → ${after.state}`, true]);
            expect('version' in after && after.version).toBe(
              1 + ('version' in binding ? binding.version : 0),
            );
          } else expect(after).toBe(binding);
          binding = after;
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe('grades of a binding', () => {
  const graded = (grades: number): Binding =>
    apply(UNBOUND, { type: 'bind', now: since, graded: grades > 0 });
  const gradeOf = (binding: Binding) =>
    'reached' in binding ? (binding.reached?.length ?? null) : undefined;

  test('a binding begins with the lowest grade of its pack, if it has grades [R40]', () => {
    expect([gradeOf(graded(3)), gradeOf(graded(0))]).toStrictEqual([1, null]);
  });

  test('a binding without grades cannot be raised or lowered [R40]', () => {
    for (const type of ['raise', 'lower'] as const) {
      const decided = decide({ type, by: 'primary', to: 1, grades: 0, now: endedAt }, graded(0));
      expect(decided.ok ? '' : decided.refusal.code).toBe('not_graded');
    }
  });

  test('the grade is the last that the primary set, dated when it was reached [R40]', () => {
    const moves = fc.array(
      fc.record({
        type: fc.constantFrom('raise' as const, 'lower' as const),
        by: fc.constantFrom('primary' as const, 'primary' as const, 'sub' as const),
        to: fc.oneof(fc.integer({ min: -1, max: 6 }), fc.constantFrom(1.5, Number.NaN)),
      }),
      { maxLength: 20 },
    );
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 5 }), moves, (grades, walk) => {
        let binding = graded(grades);
        let dates = [since];
        for (const [at, move] of walk.entries()) {
          const now = day(at);
          const here = dates.length;
          const allowed =
            move.by === 'primary' && Number.isInteger(move.to) && move.to >= 1 && move.to <= grades;
          if (allowed && move.type === 'raise' && move.to > here)
            dates = [...dates, ...Array.from({ length: move.to - here }, () => now)];
          if (allowed && move.type === 'lower' && move.to < here) dates = dates.slice(0, move.to);
          binding = apply(binding, { ...move, grades, now });
          expect('reached' in binding && binding.reached).toStrictEqual(dates);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

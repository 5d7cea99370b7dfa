import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Result } from '../../src/kernel/refusals.ts';

export interface Machine<State, Command, Event> {
  readonly decide: (command: Command, state: State) => Result<readonly Event[]>;
  readonly evolve: (state: State, event: Event) => State;
}

/** What the state is after the command; itself, the same object, when the command is refused. */
export function apply<State, Command, Event>(
  { decide, evolve }: Machine<State, Command, Event>,
  state: State,
  command: Command,
): State {
  const decided = decide(command, state);
  return decided.ok ? decided.value.reduce(evolve, state) : state;
}

/**
 * One test a command from a table written by hand: a row is the command, a column a state, a cell the name of the state
 * afterwards or `!code`, the refusal. A cell that is not in `outcomes` stands for the state of that name.
 */
export function everyCell<State, Command, Event>(
  machine: Machine<State, Command, Event>,
  states: Readonly<Record<string, State>>,
  rows: Readonly<Record<string, { readonly command: Command; readonly cells: string }>>,
  outcomes: Readonly<Record<string, State>> = {},
): void {
  const columns = Object.keys(states);
  for (const [name, { command, cells: written }] of Object.entries(rows)) {
    const cells = written.split(/\s+/);
    test(`${name}: ${columns.map((state, at) => `${state} → ${cells[at]}`).join(', ')}`, () => {
      assert.equal(cells.length, columns.length);
      for (const [at, column] of columns.entries()) {
        const cell = String(cells[at]);
        const before = states[column] as State;
        const decided = machine.decide(command, before);
        if (cell.startsWith('!'))
          assert.equal(!decided.ok && decided.refusal.code, cell.slice(1), column);
        else
          assert.deepEqual(
            apply(machine, before, command),
            outcomes[cell] ?? states[cell],
            `${column} → ${cell}`,
          );
      }
    });
  }
}

import { findAccount } from '../accounts/accounts.store.ts';
import { holdsRole } from '../accounts/role.ts';
import type { AccountId } from '../kernel/ids.ts';
import { ok, type Result, refuse } from '../kernel/refusals.ts';
import type { Packs } from '../policy/registry.ts';
import { readClock } from '../store/clock.store.ts';
import type { Database } from '../store/database.ts';
import { countOpenAppeals, findStepping, findTallies } from './board.store.ts';
import { type Board, boardOf } from './board.ts';
import {
  type AskedRange,
  dayOf,
  parseRange,
  plusDays,
  type RangeRefusal,
  startOf,
} from './range.ts';

/** What an operator typed; empty: not given. */
export type AskedBoard = AskedRange & { readonly pack: string };

/** The board of a range, for one pack or all (R24). Nothing in it tells whose requests they are. */
export async function viewBoard(
  { db, packs }: { readonly db: Database; readonly packs: Packs },
  { operator, asked }: { readonly operator: AccountId; readonly asked: AskedBoard },
): Promise<Result<Board, 'not_an_operator' | 'unknown_pack' | RangeRefusal>> {
  const account = await findAccount(db, operator);
  if (!holdsRole(account, 'operator', 'auditor')) return refuse('not_an_operator', 'BOARD-1V0');
  if (asked.pack !== '' && !packs.has(asked.pack)) return refuse('unknown_pack', 'BOARD-1V1');
  const range = parseRange(asked, dayOf(await readClock(db)));
  if (!range.ok) return range;
  const { from, to } = range.value;
  const span = {
    ...range.value,
    begin: startOf(from),
    end: startOf(plusDays(to, 1)),
    pack: asked.pack === '' ? null : asked.pack,
  };
  const [tallied, stepping, openAppeals] = await Promise.all([
    findTallies(db, span),
    findStepping(db, span),
    countOpenAppeals(db, span),
  ]);
  return ok(boardOf(range.value, { tallies: [...tallied, ...stepping], openAppeals }));
}

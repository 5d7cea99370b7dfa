import assert from 'node:assert/strict';
import type { Board } from '../../src/board/board.ts';
import { type AskedBoard, viewBoard } from '../../src/board/view-board.ts';
import type { AccountId } from '../../src/kernel/ids.ts';
import { loadPacks } from '../../src/policy/registry.ts';
import type { Database } from '../../src/store/database.ts';

const shipped = await loadPacks();

/** Nothing asked for in particular. */
export const OPEN: AskedBoard = { from: '', to: '', by: '', pack: '' };

/** The board as an operator gets it. */
export async function boardFor(
  db: Database,
  operator: AccountId,
  asked: Partial<AskedBoard> = {},
  packs = shipped,
): Promise<Board> {
  const viewed = await viewBoard({ db, packs }, { operator, asked: { ...OPEN, ...asked } });
  assert.ok(viewed.ok, JSON.stringify(viewed));
  return viewed.value;
}

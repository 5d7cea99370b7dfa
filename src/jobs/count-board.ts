import { countBoard } from '../board/count-board.ts';
import type { Database } from '../store/database.ts';
import { repeat } from './repeat.ts';

const EVERY_MS = 60_000;

/** Keeps the tallies of the operator's board up to date, until stopped. */
export function startCounting(
  db: Database,
  onError: (error: unknown) => void,
): () => Promise<void> {
  return repeat(async () => await countBoard(db), EVERY_MS, onError);
}

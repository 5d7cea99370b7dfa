import type { Database } from '../store/database.ts';
import { closeStepUps, countOn, lockCounted } from './board.store.ts';

/** What one statement adds up: a quarter of a day of 127,000. */
const HOURS = 6;
/** A decision is stored in a transaction that may take a while, and is not seen before its end. */
const LATEST_MINUTES = 3;
/** What has piled up is worked off over several rounds, never in one long one. */
const MOST_STEPS = 40;

/** One round: adds what came since the last to the tallies of the board (R24). Of two rounds at once, one does nothing. */
export async function countBoard(db: Database): Promise<void> {
  for (let step = 0; step < MOST_STEPS; step += 1) {
    const more = await db.transaction(async (tx) => {
      if (!(await lockCounted(tx))) return false;
      const left = await countOn(tx, { hours: HOURS, minutes: LATEST_MINUTES });
      if (!left) await closeStepUps(tx);
      return left;
    });
    if (!more) return;
  }
}

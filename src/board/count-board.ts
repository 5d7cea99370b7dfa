import type { Database } from '../store/database.ts';
import { closeStepUps, countOn, lockCounted } from './board.store.ts';

/** Hours of decisions that one statement counts: a quarter of a day of 127,000. */
const HOURS = 6;
/**
 * A transaction that stores a decision may take as long; before its end the decision is not seen.
 */
const LATEST_MINUTES = 3;
/** A backlog is worked off over several rounds, so that none takes long. */
const MOST_STEPS = 40;

/**
 * One round: adds what came since the last one to the tallies (R24). Of two rounds at once, one
 * does nothing.
 */
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

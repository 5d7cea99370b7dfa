import { escalateLate } from '../review/escalate.ts';
import type { Database } from '../store/database.ts';
import { repeat } from './repeat.ts';

const EVERY_MS = 10_000;

/** Cases that nobody decided in time go before the operators, until stopped. */
export function startEscalating(
  db: Database,
  onError: (error: unknown) => void,
): () => Promise<void> {
  return repeat(async () => await escalateLate({ db }), EVERY_MS, onError);
}

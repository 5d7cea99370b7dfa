import type { Tx } from '../store/database.ts';
import type { StoredCase } from './case-row.ts';
import type { Deliberation } from './deliberation.ts';
import { findOpinions } from './opinions.store.ts';

/** How far a locked case is decided. */
export async function findDeliberation(
  tx: Tx,
  { id, state, fourEyes, decision, decidedBy }: StoredCase,
): Promise<Deliberation> {
  if (state === 'dropped') return { state };
  if (decision !== null && decidedBy !== null) return { state: 'decided', decision, by: decidedBy };
  const [first] = await findOpinions(tx, id);
  return first ? { state: 'half', first: first.by } : { state: 'open', fourEyes };
}

import type { EvidenceDeps } from '../deps.ts';
import { findEvidence, lockEvidence } from '../pieces/evidence.store.ts';
import { handleEvidenceCommand } from '../pieces/handle-evidence-command.ts';
import { ProviderUnavailable } from '../provider/verification-provider.ts';
import { questionOf } from './question-of.ts';
import { receiveAnswer, referToPerson } from './receive-answer.ts';
import { claimSubmissions, postponeSubmission } from './submissions.store.ts';

const BATCH = 20;

/**
 * One round over due questions. The provider is asked outside any transaction. If it is down, it is
 * asked again later, as long as needed. A question that it rejects, or that cannot be asked, goes
 * to a person.
 */
export async function submitPendingEvidence(
  deps: EvidenceDeps,
  onError: (error: unknown) => void,
): Promise<number> {
  let handed = 0;
  for (const id of await claimSubmissions(deps, BATCH)) {
    const stored = await findEvidence(deps.db, id);
    if (!stored) continue;
    try {
      const question = await questionOf(deps, stored);
      if (!question) {
        await referToPerson(deps, id);
        continue;
      }
      if (!(await markExamined(deps, id))) continue; // withdrawn meanwhile
      const answer = await deps.provider.ask(question);
      if (answer === 'pending') await postponeSubmission(deps, id);
      else await receiveAnswer(deps, { answer });
      handed += 1;
    } catch (error) {
      onError(error);
      if (!(error instanceof ProviderUnavailable)) await referToPerson(deps, id);
    }
  }
  return handed;
}

/**
 * Marks the piece before the question is sent, so that no answer comes too early. The question
 * stays due, so it is asked again if needed.
 */
async function markExamined({ db, lifetimes }: EvidenceDeps, id: string): Promise<boolean> {
  return await db.transaction(async (tx) => {
    const stored = await lockEvidence(tx, id);
    if (!stored) return false;
    if (stored.evidence.state === 'checking') return stored.evidence.examiner === 'provider';
    return (
      await handleEvidenceCommand(
        tx,
        stored,
        { type: 'examine', examiner: 'provider', now: stored.now },
        { actor: 'system', lifetimes },
      )
    ).ok;
  });
}

import type { CheckId } from '../../kernel/ids.ts';
import type { FieldName } from '../../owners/fields.ts';
import { revealField } from '../../owners/reveal-field.ts';
import type { EvidenceDeps } from '../deps.ts';
import { findDocumentsOfCheck } from '../pieces/documents.store.ts';
import { openImages } from '../pieces/open-images.ts';
import { ProviderUnavailable, type Question } from '../provider/verification-provider.ts';
import {
  type Check,
  claimChecks,
  findCheck,
  findMootChecks,
  postponeCheck,
} from './checks.store.ts';
import { dropCheck, failCheck, receiveCheckAnswer } from './handle-check-answer.ts';

const BATCH = 20;
const OPENED = { by: 'system', purpose: 'verification' } as const;

/**
 * One round: asks the provider about waiting faces, outside any transaction, and drops checks that
 * nobody waits for.
 */
export async function processChecks(
  deps: EvidenceDeps,
  onError: (error: unknown) => void,
): Promise<void> {
  for (const id of await findMootChecks(deps.db, BATCH)) await dropCheck(deps, id);
  for (const id of await claimChecks(deps, BATCH)) {
    try {
      await ask(deps, id);
    } catch (error) {
      onError(error);
      if (!(error instanceof ProviderUnavailable)) await failCheck(deps, id);
    }
  }
}

async function ask(deps: EvidenceDeps, id: CheckId): Promise<void> {
  const check = await findCheck(deps.db, id);
  if (check?.state !== 'waiting') return;
  const question = await questionOf(deps, check);
  if (!question) return await failCheck(deps, id);
  const answer = await deps.provider.ask(question);
  if (answer === 'pending') await postponeCheck(deps, id);
  else await receiveCheckAnswer(deps, { answer });
}

/** Asks about the proven owner, never about what an account claims. */
async function questionOf(
  deps: EvidenceDeps,
  { id, ownerId: owner }: Check,
): Promise<Question | undefined> {
  const reveal = async (field: FieldName): Promise<string | undefined> => {
    const revealed = await revealField(deps, { owner, field, ...OPENED });
    return revealed.ok ? revealed.value : undefined;
  };
  const [name, number] = [await reveal('name'), await reveal('number')];
  const images = await openImages(deps, owner, await findDocumentsOfCheck(deps.db, id));
  if (name === undefined || number === undefined || images?.length !== 1) return undefined;
  return { id, kind: 'face_match', images, name, number };
}

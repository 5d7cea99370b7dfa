import { findAccount } from '../../accounts/accounts.store.ts';
import type { FieldName } from '../../owners/fields.ts';
import { revealField } from '../../owners/reveal-field.ts';
import { revealClaim } from '../claims/reveal-claim.ts';
import { amountOf } from '../deposits/handle-deposit-command.ts';
import type { EvidenceDeps } from '../deps.ts';
import { findDocumentsOf } from '../pieces/documents.store.ts';
import type { StoredEvidence } from '../pieces/evidence-row.ts';
import { EVIDENCE } from '../pieces/evidence-type.ts';
import { openImages } from '../pieces/open-images.ts';
import type { Image, Question } from '../provider/verification-provider.ts';

const OPENED = { by: 'system', purpose: 'verification' } as const;

/**
 * The question to the provider about a piece of evidence. What is opened for it is audited.
 * Undefined if a value or document is missing: then nothing can be asked.
 */
export async function questionOf(
  deps: EvidenceDeps,
  stored: StoredEvidence,
): Promise<Question | undefined> {
  const { id, type } = stored;
  const name = await reveal(deps, stored, 'name');
  const images = await imagesOf(deps, stored);
  if (name === undefined || !images) return undefined;
  const { question } = EVIDENCE[type];
  if (question === null) return undefined;
  const { kind } = question;
  switch (kind) {
    case 'bank_micro_deposit': {
      const bankAccount = await bankAccountFor(deps, stored);
      return bankAccount === undefined
        ? undefined
        : { id, images, kind, name, bankAccount, amountFen: amountOf(deps.secrets, id) };
    }
    case 'identity':
    case 'face_match':
    case 'business_registry': {
      const number = await reveal(deps, stored, 'number');
      if (number === undefined) return undefined;
      if (kind === 'identity') return { id, images, kind, name, number, page: question.page };
      if (kind === 'face_match') return { id, images, kind, name, number };
      const legalRepresentative = (await reveal(deps, stored, 'legal_representative')) ?? null;
      return { id, images, kind, name, number, legalRepresentative };
    }
  }
}

/**
 * A further account shows that it reads the statement of the bank account that is proven already,
 * whatever it typed (R44). An account of the owner may have moved to another bank.
 */
async function bankAccountFor(
  deps: EvidenceDeps,
  stored: StoredEvidence,
): Promise<string | undefined> {
  const { accountId, ownerId: owner } = stored;
  if ((await findAccount(deps.db, accountId))?.ownerId === null) {
    const proven = await revealField(deps, { owner, field: 'bank_account', ...OPENED });
    if (proven.ok) return proven.value;
  }
  return await reveal(deps, stored, 'bank_account');
}

/**
 * Opens what the account claims, because the provider is asked about that, whatever is known of the
 * owner.
 */
async function reveal(
  deps: EvidenceDeps,
  { accountId }: StoredEvidence,
  field: FieldName,
): Promise<string | undefined> {
  const revealed = await revealClaim(deps, { account: accountId, field, ...OPENED });
  return revealed.ok ? revealed.value : undefined;
}

async function imagesOf(
  deps: EvidenceDeps,
  { id, ownerId }: StoredEvidence,
): Promise<Image[] | undefined> {
  return await openImages(deps, ownerId, await findDocumentsOf(deps.db, id));
}

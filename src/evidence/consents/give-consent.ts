import { lockAccounts } from '../../accounts/accounts.store.ts';
import { appendAudit } from '../../audit/audit-log.store.ts';
import type { AccountId } from '../../kernel/ids.ts';
import { ok, type Result, refuse } from '../../kernel/refusals.ts';
import type { EvidenceDeps } from '../deps.ts';
import {
  CONSENT_TEXTS,
  CONSENT_VERSIONS,
  type ConsentKind,
  type ConsentLanguage,
} from './consent.ts';
import { insertConsent } from './consents.store.ts';

/**
 * An account agrees to the text that it was shown, which must be the current one. Agreeing twice
 * has no further effect.
 */
export async function giveConsent(
  { db }: Pick<EvidenceDeps, 'db'>,
  {
    account,
    consent,
    version,
    language,
  }: {
    readonly account: AccountId;
    readonly consent: ConsentKind;
    readonly version: number;
    readonly language: ConsentLanguage;
  },
): Promise<Result<void, 'outdated_text'>> {
  if (version !== CONSENT_VERSIONS[consent])
    return refuse('outdated_text', 'EVI-BG0', { consent, version });
  const textHash = Buffer.from(CONSENT_TEXTS[consent][language], 'base64url');
  await db.transaction(async (tx) => {
    await lockAccounts(tx, [account]);
    if (!(await insertConsent(tx, { account, consent, version, language, textHash }))) return;
    await appendAudit(tx, {
      action: 'consent.given',
      subject: account,
      actor: account,
      detail: { consent, version, language },
    });
  });
  return ok(undefined);
}

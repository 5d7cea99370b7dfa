import { findExported } from '../accounts/import-accounts.store.ts';
import { appendAudit } from '../audit/audit-log.store.ts';
import type { Provisioner } from './create-account.ts';
import type { ProvisioningDeps } from './deps.ts';

const PAGE = 5_000;

/** A row that an import takes again; without members that the account does not have. */
export type ExportedRow = Readonly<Record<string, string>>;

/**
 * All accounts of a platform, page by page. That somebody took them out is on record before the
 * first page leaves.
 */
export async function* exportAccounts(
  { db }: ProvisioningDeps,
  { platform, withPasswordHashes }: { platform: string; withPasswordHashes: boolean },
  { actor }: Provisioner,
): AsyncGenerator<readonly ExportedRow[]> {
  const detail = { withPasswordHashes };
  await db.transaction((tx) =>
    appendAudit(tx, { action: 'accounts.exported', subject: platform, actor, detail }),
  );
  for (let after = ''; ; ) {
    const page = await findExported(db, { platform, after, most: PAGE });
    const last = page.at(-1);
    if (!last) return;
    yield page.map(({ externalId, login, displayName, avatarUrl, kind, status, passwordHash }) => ({
      externalId,
      login,
      displayName,
      ...(avatarUrl === null ? {} : { avatarUrl }),
      kind,
      status,
      ...(withPasswordHashes && passwordHash !== null ? { passwordHash } : {}),
    }));
    after = last.login;
  }
}

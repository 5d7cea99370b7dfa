import { appendAudit } from '../audit/audit-log.store.ts';
import { findExportedBindings } from '../binding/taken-bindings.store.ts';
import type { Provisioner } from './create-account.ts';
import type { ProvisioningDeps } from './deps.ts';
import { HOLDS } from './existing-binding.ts';

const PAGE = 2_000;

/** The origin of what was bound here, for the installation that takes it. */
const HERE = 'bindery';

/**
 * The live bindings of a platform, page by page, as an import takes them. Holds of rules are left
 * out: the other installation lays its own. That somebody took them out is on record before.
 */
export async function* exportBindings(
  { db }: ProvisioningDeps,
  { platform }: { readonly platform: string },
  { actor }: Provisioner,
): AsyncGenerator<readonly object[]> {
  await db.transaction((tx) =>
    appendAudit(tx, { action: 'bindings.exported', subject: platform, actor }),
  );
  for (let after = ''; ; ) {
    const page = await findExportedBindings(db, { platform, after, most: PAGE });
    const last = page.at(-1);
    if (!last) return;
    yield page.map(({ id: _, origin, grade, suspendedBy, ...row }) => ({
      ...row,
      origin: origin ?? HERE,
      ...(grade === null ? {} : { grade }),
      holds: HOLDS.filter((party) => suspendedBy.includes(party)),
    }));
    after = last.id;
  }
}

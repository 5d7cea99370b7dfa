import { lockBinding } from '../binding/bindings.store.ts';
import { handleBindingCommand } from '../binding/handle-binding-command.ts';
import { findTaken } from '../binding/taken-bindings.store.ts';
import { tell } from '../evidence/pieces/notices.store.ts';
import type { BindingId } from '../kernel/ids.ts';
import type { Database } from '../store/database.ts';
import type { Provisioner } from './create-account.ts';
import type { ProvisioningDeps } from './deps.ts';

const PAGE = 500;

/** All live bindings of a platform that came from this origin. */
export async function* bindingsFrom(
  { db }: ProvisioningDeps,
  from: { readonly platform: string; readonly origin: string },
): AsyncGenerator<BindingId> {
  for (let after = ''; ; ) {
    const page = await findTaken(db, { ...from, after }, PAGE);
    const last = page.at(-1);
    if (last === undefined) return;
    yield* page;
    after = last;
  }
}

/**
 * Takes an imported binding out again (R50): it ends whatever the conditions of R25, because it
 * should not be here. False: it has ended meanwhile.
 */
export async function undoImported(
  db: Database,
  id: BindingId,
  { actor }: Provisioner,
): Promise<boolean> {
  return await db.transaction(async (tx) => {
    const row = await lockBinding(tx, id);
    if (!row || row.origin === null) return false;
    const command = { type: 'revoke', because: 'operator', now: row.now } as const;
    const context = { actor, detail: { because: 'import_undone' } };
    if (!(await handleBindingCommand(tx, row, command, context)).ok) return false;
    await tell(
      tx,
      [row.primary_id, row.sub_id].map((accountId) => ({
        accountId,
        what: 'binding.ended',
        reason: 'import_undone',
        evidenceId: null,
        bindingId: id,
      })),
    );
    return true;
  });
}

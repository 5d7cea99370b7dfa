import { appendAudit } from '../audit/audit-log.store.ts';
import type { Tx } from '../store/database.ts';
import { type BindingCommand, decide, evolve, STATUS_OF } from './binding.ts';
import { toBinding } from './binding-row.ts';
import { type BindingRow, saveBinding } from './bindings.store.ts';
import { setStatus } from './status.store.ts';

export type EvidenceChange = 'suspend' | 'resume' | 'revoke';

// biome-ignore format: a table is read by its columns
const EVENT_OF = {
  suspend: 'urn:bindery:event:binding-suspended',
  resume:  'urn:bindery:event:binding-resumed',
  revoke:  'urn:bindery:event:binding-ended',
} as const satisfies Record<EvidenceChange, string>;

/**
 * Suspends, resumes or ends a locked binding because of the evidence it rests on (R5), with event and audit row. False when
 * there was nothing to change: it was held already, or not held by evidence.
 */
export async function changeForEvidence(
  tx: Tx,
  row: BindingRow,
  change: EvidenceChange,
  because: string,
): Promise<boolean> {
  const binding = toBinding(row);
  const decided = decide(commandOf(change, row.now), binding);
  if (!decided.ok) return false;
  const next = decided.value.reduce(evolve, binding as Parameters<typeof evolve>[0]);
  if (next.state === 'unbound')
    throw new Error(`binding ${row.id} cannot become unbound by ${change}`);
  await saveBinding(tx, row.id, next);
  await setStatus(tx, row.id, STATUS_OF[next.state]);
  await appendAudit(
    tx,
    {
      action: `binding.${change}`,
      subject: row.id,
      actor: 'system',
      detail: { by: 'evidence', because, state: next.state },
    },
    [
      {
        type: EVENT_OF[change],
        stream: row.id,
        data: { binding: row.id, version: next.version, state: next.state, by: 'evidence' },
      },
    ],
  );
  return true;
}

function commandOf(change: EvidenceChange, now: Date): BindingCommand {
  return change === 'revoke'
    ? { type: 'revoke', because: 'evidence', now }
    : { type: change, by: 'evidence' };
}

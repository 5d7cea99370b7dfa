import type { AccountId, EvidenceId } from '../../kernel/ids.ts';
import { ok, type Result, refuse } from '../../kernel/refusals.ts';
import { type InstallationSecret, sameBytes } from '../../kernel/secrets.ts';
import type { Tx } from '../../store/database.ts';
import type { EvidenceDeps } from '../deps.ts';
import { lockEvidence } from '../pieces/evidence.store.ts';
import type { StoredEvidence } from '../pieces/evidence-row.ts';
import { handleEach, ROUND } from '../pieces/handle-each.ts';
import { type EvidenceContext, handleEvidenceCommand } from '../pieces/handle-evidence-command.ts';
import { findLapsed, lockDeposit, saveDeposit } from './deposits.store.ts';
import {
  AMOUNTS,
  type DepositCommand,
  type DepositRefusalCode,
  decide,
  evolve,
  type MicroDeposit,
} from './micro-deposit.ts';

export type ConfirmRefusal =
  | DepositRefusalCode
  | 'unknown_evidence'
  | 'malformed_amount'
  | 'evidence_over';

/**
 * The amount of a deposit, 1 to 999 分. It is derived from the installation's secret and stored
 * nowhere, so the question can be asked again with the same amount. (48 bits modulo 999 favour no
 * amount by more than one in 10^11.)
 */
export function amountOf(secrets: InstallationSecret, id: EvidenceId): number {
  return (secrets.hash('micro-deposit', id).readUIntBE(0, 6) % AMOUNTS) + 1;
}

/**
 * The owner types the amount from the bank statement, in yuan: `0.37`. There are three tries. The
 * duration of the comparison tells nothing.
 */
export async function confirmDeposit(
  { db, secrets, lifetimes }: Pick<EvidenceDeps, 'db' | 'secrets' | 'lifetimes'>,
  {
    evidenceId,
    by,
    typed,
  }: { readonly evidenceId: string; readonly by: AccountId; readonly typed: string },
): Promise<Result<MicroDeposit, ConfirmRefusal>> {
  const amount = parseYuan(typed);
  // costs no try: it is a typing error, not a guess
  if (amount === undefined) return refuse('malformed_amount', 'EVI-7C0');
  return await db.transaction(async (tx): Promise<Result<MicroDeposit, ConfirmRefusal>> => {
    const stored = await lockEvidence(tx, evidenceId);
    // somebody else's looks like none
    if (stored?.accountId !== by) return refuse('unknown_evidence', 'EVI-7C1');
    if (stored.evidence.state !== 'checking')
      return refuse('evidence_over', 'EVI-7C2', { state: stored.evidence.state });
    const digest = (fen: number) => secrets.hash('micro-deposit-amount', String(fen));
    const right = sameBytes(digest(amount), digest(amountOf(secrets, stored.id)));
    const confirm = { type: 'confirm', right, now: stored.now } as const;
    return await handleDepositCommand(tx, stored, confirm, { actor: by, lifetimes });
  });
}

/**
 * Handles a command on the deposit of a locked piece. A confirmed or failed deposit decides the
 * piece.
 */
export async function handleDepositCommand(
  tx: Tx,
  stored: StoredEvidence,
  command: DepositCommand,
  context: EvidenceContext,
): Promise<Result<MicroDeposit, DepositRefusalCode | 'unknown_evidence'>> {
  const deposit = await lockDeposit(tx, stored.id);
  if (!deposit) return refuse('unknown_evidence', 'EVI-7S0', { type: stored.type });
  const decided = decide(command, deposit);
  if (!decided.ok) return decided;
  const next = decided.value.reduce(evolve, deposit);
  await saveDeposit(tx, stored.id, next);
  const { now } = stored;
  if (next.state === 'confirmed')
    await handleEvidenceCommand(
      tx,
      stored,
      { type: 'accept', by: 'provider', validUntil: null, now },
      context,
    );
  if (next.state === 'failed')
    await handleEvidenceCommand(
      tx,
      stored,
      { type: 'reject', by: 'provider', reason: 'not_confirmed', now },
      context,
    );
  return ok(next);
}

/** One round over deposits that nobody confirmed in time. */
export async function lapseDeposits({
  db,
  lifetimes,
}: Pick<EvidenceDeps, 'db' | 'lifetimes'>): Promise<number> {
  const context = { actor: 'system', lifetimes };
  return await handleEach(
    db,
    await findLapsed(db, ROUND),
    async (tx, stored) =>
      await handleDepositCommand(tx, stored, { type: 'lapse', now: stored.now }, context),
  );
}

/** Reads yuan with up to two decimals as 分. Full-width digits and a currency sign are allowed. */
function parseYuan(typed: string): number | undefined {
  const match = /^[¥￥]?(\d{1,6})(?:\.(\d{1,2}))?元?$/.exec(
    typed.normalize('NFKC').replaceAll(/\s/g, ''),
  );
  return match ? Number(match[1]) * 100 + Number((match[2] ?? '').padEnd(2, '0')) : undefined;
}

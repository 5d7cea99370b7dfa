import { type Credentials, type EnterDeps, type Entered, type EnterRefusal, enter } from '../accounts/enter.ts';
import { recorded } from '../journal/record.store.ts';
import { ok, type Result, refuse } from '../kernel/refusals.ts';
import type { Visitor } from '../risk/device.ts';
import { noteVisit } from '../risk/signals.store.ts';
import { findSitting, saveSignIn } from './sittings.store.ts';

export interface SittingDown extends Credentials {
  readonly sittingId: string;
  readonly visitor: Visitor;
}

/** A fresh sign-in for one sitting alone: the browser's own session is neither read nor touched (protocol §2). */
export async function signInToSitting(
  deps: EnterDeps,
  { sittingId, visitor, ...credentials }: SittingDown,
): Promise<Result<Entered, EnterRefusal | 'unknown_sitting' | 'same_account'>> {
  const sitting = await findSitting(deps.db, sittingId, visitor.browser);
  if (!sitting) return refuse('unknown_sitting', 'BIND-7S0');
  const { browser, address } = visitor;
  const entered = await enter(deps, { ...credentials, browser, address });
  if (!entered.ok) return entered;
  const { account, passkey } = entered.value;
  const { id } = account;
  if (sitting.side === 'other' && id === sitting.starterId) return refuse('same_account', 'BIND-7S1');
  // A starter who has offered, and another who has answered, stay who they are; signing in anew only refreshes.
  const who = sitting.side === 'starter' ? sitting.starterId : sitting.otherId;
  if (who !== null && id !== who) return refuse(passkey ? 'passkey_refused' : 'wrong_credentials', 'BIND-7S2');
  const detail = { side: sitting.side, by: passkey ? 'passkey' : 'password' };
  const entry = { action: 'sitting.signed-in', subject: sitting.requestId, actor: id, detail };
  await saveSignIn(deps.db, sitting.id, { account: id, passkey }, recorded(entry));
  await noteVisit(deps.db, id, visitor.device);
  return ok(entered.value);
}

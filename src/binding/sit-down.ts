import type { AccountSummary } from '../accounts/account.ts';
import { type SignInRefusal, signIn } from '../accounts/sign-in.ts';
import { record } from '../journal/record.store.ts';
import { ok, type Result, refuse } from '../kernel/refusals.ts';
import type { Visitor } from '../risk/device.ts';
import { noteVisit } from '../risk/signals.store.ts';
import type { BindingDeps } from './deps.ts';
import { findRequest } from './requests.store.ts';
import { findSitting, saveSignIn } from './sittings.store.ts';

/** A fresh sign-in for one sitting alone: the browser's own session is neither read nor touched (protocol §2). */
export async function signInToSitting(
  deps: BindingDeps,
  input: { readonly sittingId: string; readonly login: unknown; readonly password: unknown; readonly visitor: Visitor },
): Promise<Result<AccountSummary, SignInRefusal | 'unknown_sitting' | 'same_account'>> {
  const { sittingId, login, password, visitor } = input;
  const sitting = await findSitting(deps.db, sittingId, visitor.browser);
  const stored = sitting && (await findRequest(deps.db, sitting.requestId));
  if (!sitting || !stored) return refuse('unknown_sitting', 'BIND-7S0');
  const signedIn = await signIn(deps, { login, password, address: visitor.address });
  if (!signedIn.ok) return signedIn;
  const { id } = signedIn.value;
  if (sitting.side === 'other' && id === stored.starterId) return refuse('same_account', 'BIND-7S1');
  // A starter who has offered stays who they are; signing in anew only refreshes.
  if (sitting.side === 'starter' && stored.starterId !== null && id !== stored.starterId) return refuse('wrong_credentials', 'BIND-7S2');
  await deps.db.transaction(async (tx) => {
    await saveSignIn(tx, sitting.id, id);
    await noteVisit(tx, id, visitor.device);
    await record(tx, { action: 'sitting.signed-in', subject: stored.id, actor: id, detail: { side: sitting.side } });
  });
  return ok(signedIn.value);
}

import type { AccountSummary } from '../accounts/account.ts';
import { type SignInRefusal, signIn } from '../accounts/sign-in.ts';
import { recorded } from '../journal/record.store.ts';
import { ok, type Result, refuse } from '../kernel/refusals.ts';
import type { Visitor } from '../risk/device.ts';
import { noteVisit } from '../risk/signals.store.ts';
import type { BindingDeps } from './deps.ts';
import { findSitting, saveSignIn } from './sittings.store.ts';

/** A fresh sign-in for one sitting alone: the browser's own session is neither read nor touched (protocol §2). */
export async function signInToSitting(
  deps: BindingDeps,
  input: { readonly sittingId: string; readonly login: unknown; readonly password: unknown; readonly visitor: Visitor },
): Promise<Result<AccountSummary, SignInRefusal | 'unknown_sitting' | 'same_account'>> {
  const { sittingId, login, password, visitor } = input;
  const sitting = await findSitting(deps.db, sittingId, visitor.browser);
  if (!sitting) return refuse('unknown_sitting', 'BIND-7S0');
  const signedIn = await signIn(deps, { login, password, address: visitor.address });
  if (!signedIn.ok) return signedIn;
  const { id } = signedIn.value;
  if (sitting.side === 'other' && id === sitting.starterId) return refuse('same_account', 'BIND-7S1');
  // A starter who has offered, and another who has answered, stay who they are; signing in anew only refreshes.
  if (sitting.side === 'starter' && sitting.starterId !== null && id !== sitting.starterId) return refuse('wrong_credentials', 'BIND-7S2');
  if (sitting.side === 'other' && sitting.otherId !== null && id !== sitting.otherId) return refuse('wrong_credentials', 'BIND-7S3');
  const entry = { action: 'sitting.signed-in', subject: sitting.requestId, actor: id, detail: { side: sitting.side } };
  await saveSignIn(deps.db, sitting.id, id, recorded(entry));
  await noteVisit(deps.db, id, visitor.device);
  return ok(signedIn.value);
}

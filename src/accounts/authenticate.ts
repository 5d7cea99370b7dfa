import type { FactorId } from '../kernel/ids.ts';
import { ok, type Result } from '../kernel/refusals.ts';
import type { InstallationSecret } from '../kernel/secrets.ts';
import type { Database } from '../store/database.ts';
import type { AccountSummary } from './account.ts';
import { type SignInLimits, type SignInRefusal, signIn } from './sign-in.ts';
import {
  type PasskeySignInDeps,
  type PasskeySignInRefusal,
  type SignInOrigin,
  signInByPasskey,
} from './sign-in-by-passkey.ts';

/** What a sign-in form sends: a login with its password, or a passkey's answer as JSON. */
export interface Credentials {
  readonly login: string;
  readonly password: string;
  readonly passkey: string;
}

export interface Authenticated {
  readonly account: AccountSummary;
  /** The passkey that signed in; null for a password. */
  readonly passkey: FactorId | null;
}

export type AuthenticationRefusal = SignInRefusal | PasskeySignInRefusal;

export type AuthenticationDeps = PasskeySignInDeps & {
  readonly db: Database;
  readonly secrets: InstallationSecret;
  readonly limits: { readonly signIn: SignInLimits };
  readonly formPlatform: string;
};

/** Signs in by passkey or by password. Every page that signs in calls this. */
export async function authenticate(
  deps: AuthenticationDeps,
  brought: Credentials & SignInOrigin,
): Promise<Result<Authenticated, AuthenticationRefusal>> {
  const { passkey: response, browser, address } = brought;
  if (response !== '') return await signInByPasskey(deps, { response, browser, address });
  const signedIn = await signIn(deps, brought);
  return signedIn.ok ? ok({ account: signedIn.value, passkey: null }) : signedIn;
}

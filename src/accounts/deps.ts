import type { AccountId } from '../kernel/ids.ts';
import type { InstallationSecret } from '../kernel/secrets.ts';
import type { Lifetimes } from '../lifetimes.ts';
import type { Database, Tx } from '../store/database.ts';
import type { Limiter } from '../store/rate-limits.ts';
import type { FactorKind } from './factor.ts';

export interface AccountNews {
  readonly account: AccountId;
  readonly what:
    | 'factor.enrolled'
    | 'factor.removed'
    | 'factor.reset'
    | 'password.changed'
    | 'password.reset'
    | 'contact.added'
    | 'contact.removed';
  /** Null: all of them, or it is no news of factors. */
  readonly kind: FactorKind | null;
}

/** Tells an account that the ways into it changed, in the transaction of the change. */
export type TellAccount = (tx: Tx, news: AccountNews) => Promise<void>;

export interface FactorLimits {
  /** Wrong proofs of one account from all devices: within a while, and within a day. */
  readonly proofs: Limiter;
  readonly proofsByDay: Limiter;
  /** Repeated password requests before factors change, by account. */
  readonly passwords: Limiter;
}

/** What compose.ts gives to the verbs about second factors. */
export interface FactorDeps {
  readonly db: Database;
  readonly secrets: InstallationSecret;
  /**
   * Its host is the relying party's id. Answers may come from its origin only (WebAuthn §13.4.9).
   */
  readonly issuer: string;
  /** What passkeys and authenticator apps call this server: the name of its brand. */
  readonly serviceName: string;
  readonly lifetimes: Lifetimes;
  readonly limits: FactorLimits;
  readonly tell: TellAccount;
}

import type { AccountId } from '../kernel/ids.ts';
import type { InstallationSecret } from '../kernel/secrets.ts';
import type { Lifetimes } from '../lifetimes.ts';
import type { Database, Tx } from '../store/database.ts';
import type { Limiter } from '../store/rate-limits.ts';
import type { FactorKind } from './factor.ts';

export interface FactorNews {
  readonly account: AccountId;
  readonly what: 'factor.enrolled' | 'factor.removed' | 'factor.reset';
  /** Null: all of them. */
  readonly kind: FactorKind | null;
}

/** Tells an account what became of its factors, in the transaction in which it did. */
export type TellAccount = (tx: Tx, news: FactorNews) => Promise<void>;

export interface FactorLimits {
  /** Wrong proofs of one account, whichever device they come from: in a while, and in a day. */
  readonly proofs: Limiter;
  readonly proofsByDay: Limiter;
  /** Passwords asked for again before factors change, by account. */
  readonly passwords: Limiter;
}

/** What the verbs about second factors are given by compose.ts. */
export interface FactorDeps {
  readonly db: Database;
  readonly secrets: InstallationSecret;
  /** Its host is the relying party's id, its origin the only one that answers may come from (WebAuthn §13.4.9). */
  readonly issuer: string;
  readonly lifetimes: Lifetimes;
  readonly limits: FactorLimits;
  readonly tell: TellAccount;
}

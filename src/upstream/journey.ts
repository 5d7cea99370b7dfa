import type { Answers } from './identity.ts';

/** What a browser is sent to a provider with. */
export interface Asked {
  readonly redirectUri: string;
  readonly state: string;
  readonly nonce: string;
  /** Of PKCE. */
  readonly verifier: string;
  /** Seconds that the sign-in may be old; null: it need not be fresh. */
  readonly maxAge: number | null;
  readonly uiLocales: string;
}

/** What it was sent with, and where it came back to. */
export interface Journey extends Pick<Asked, 'redirectUri' | 'state' | 'nonce' | 'verifier'> {
  readonly url: URL;
}

/** What a provider said, once it is known to be its answer. */
export interface Returned {
  readonly answers: Answers;
  /** Unix seconds; undefined where the provider says nothing, or is not believed. */
  readonly authTime: number | undefined;
  /** Only values that are believed. */
  readonly amr: readonly string[];
}

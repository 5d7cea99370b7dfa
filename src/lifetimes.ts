import { DAY, HOUR, MINUTE } from './kernel/time.ts';

/**
 * Lifetimes in seconds. Those of a policy pack are not here: codes, fresh sign-ins, binding tokens,
 * proofs, reviews, appeals and history. Those fixed by a specification are not here either.
 */
export const LIFETIMES = {
  /** Artifacts of oidc-provider. When a grant ends, its refresh tokens end, rotated or not. */
  oidc: {
    opaqueAccessToken: HOUR,
    /** A JWT access token cannot be revoked, so it is short. This includes client credentials. */
    accessToken: 10 * MINUTE,
    authorizationCode: MINUTE,
    idToken: HOUR,
    refreshToken: 14 * DAY,
    grant: 90 * DAY,
    interaction: HOUR,
    session: 14 * DAY,
  },
  binding: {
    /** A request, until its initiator approves and the code's own lifetime begins. */
    request: HOUR,
    /**
     * An answered request: time for the initiator to confirm. An ended one: time for the app to
     * read the result.
     */
    answered: HOUR,
    /** After the due date of a review. */
    reviewGrace: 30 * DAY,
    approvalSession: HOUR,
    /** An identity check, even while its provider is down. */
    identityCheck: DAY,
  },
  accounts: {
    passkeyChallenge: 5 * MINUTE,
    totpEnrolment: 10 * MINUTE,
    /** The link that makes the first operator. */
    bootstrapLink: 15 * MINUTE,
  },
  tokens: {
    /** A signed status list; the protocol sets its `ttl`. It is signed again at half of this. */
    statusList: HOUR,
  },
  web: {
    /** The sign-in to /account, /review and /operator. */
    session: 8 * HOUR,
    /** A link to a document of a case. */
    documentLink: 5 * MINUTE,
    languageCookie: 365 * DAY,
  },
};

export type Lifetimes = DeepReadonly<typeof LIFETIMES>;

type DeepReadonly<T> = { readonly [K in keyof T]: T[K] extends object ? DeepReadonly<T[K]> : T[K] };

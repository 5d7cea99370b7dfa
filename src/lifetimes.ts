import { DAY, HOUR, MINUTE } from './kernel/time.ts';

/**
 * How long things live, in seconds. What a policy pack says is not here: codes, fresh sign-ins,
 * binding tokens, proofs, reviews, appeals and history. Nor is what a specification fixes.
 */
export const LIFETIMES = {
  /** Artifacts of oidc-provider. The end of a grant ends its refresh tokens, rotated or not. */
  oidc: {
    opaqueAccessToken: HOUR,
    /** A JWT access token cannot be called back, so it is short. Client credentials too. */
    accessToken: 10 * MINUTE,
    authorizationCode: MINUTE,
    idToken: HOUR,
    refreshToken: 14 * DAY,
    grant: 90 * DAY,
    interaction: HOUR,
    session: 14 * DAY,
  },
  binding: {
    /** A request, until its initiator has approved and the code's own time begins. */
    request: HOUR,
    /**
     * An answered request: for the initiator to confirm. An ended one: for the app to hear of it.
     */
    answered: HOUR,
    /** After the date by which people decide. */
    reviewGrace: 30 * DAY,
    approvalSession: HOUR,
    /** An identity check, however long its provider is down. */
    identityCheck: DAY,
  },
  accounts: {
    passkeyChallenge: 5 * MINUTE,
    totpEnrolment: 10 * MINUTE,
  },
  tokens: {
    /** A signed status list; its `ttl` is the protocol's. It is signed anew at half of this. */
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

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
    /** The secret before the newest one, so that an app can be changed without a gap. */
    rotatedSecret: DAY,
    /** The row of a pushed request after its expiry: longer than the interaction that uses it. */
    expiredPushedRequest: 2 * HOUR,
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
    /** The row of an approval session after its end. */
    endedApprovalSession: DAY,
    /** An identity check, even while its provider is down. */
    identityCheck: DAY,
  },
  accounts: {
    passkeyChallenge: 5 * MINUTE,
    totpEnrolment: 10 * MINUTE,
    /** The link that makes the first operator. */
    bootstrapLink: 15 * MINUTE,
    /** The role of an operator, until a second one has confirmed it. */
    askedRole: 7 * DAY,
    /** A code that confirms an address. */
    contactCode: 10 * MINUTE,
  },
  evidence: {
    /**
     * Documents of a piece that stopped counting, or of a decided correction: an appeal needs them.
     * The consent texts state this (`consentText.…` in `src/web/core/copy.….json`).
     */
    endedDocuments: 90 * DAY,
    /** The code by which a proven account confirms another one of its owner. */
    confirmationCode: 15 * MINUTE,
    /** A micro-deposit: time for the owner to read the bank statement. */
    deposit: 10 * DAY,
    /**
     * An attempt that was not accepted, until it no longer counts towards the limit of attempts.
     */
    attempt: 30 * DAY,
    /** A signing: witnesses attest from the appointed time until this has passed. */
    signing: DAY,
    /**
     * The pause after each question that the provider did not answer. The last one repeats. It is
     * short, so that a provider is soon found after an outage.
     */
    pauses: [30, MINUTE, 2 * MINUTE, 4 * MINUTE, 8 * MINUTE, 15 * MINUTE],
    /** A question that the provider has taken, until it is asked again under the same id. */
    takenQuestion: HOUR,
    /** The same for a face: somebody waits for the answer. */
    takenCheck: 15 * MINUTE,
    /** The nonce of a callback: longer than its signature is accepted. */
    callbackNonce: HOUR,
  },
  risk: {
    /** Signals and device keys. In months, because signals are dropped by month. */
    signalMonths: 4,
  },
  documents: {
    /** A file that no row refers to, in real time: longer than any request takes. */
    orphanedUpload: HOUR,
  },
  owners: {
    /** A replaced key: a request that still runs may store a data key wrapped by it. */
    replacedKey: HOUR,
  },
  jobs: {
    /** A job that failed for good. */
    failed: DAY,
  },
  upstream: {
    /** A browser on its way to the platform and back. */
    signIn: 10 * MINUTE,
    /** What came back, until the page that it is for takes it. */
    answer: MINUTE,
    /** R48: a hand-over, until it is opened; then until the person agrees. */
    start: MINUTE,
    started: 10 * MINUTE,
    /** How old an ID token may be that hands somebody over. */
    idToken: 5 * MINUTE,
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
    /** A form, until the proof of the browser's own key that comes with it no longer counts. */
    deviceNonce: 12 * HOUR,
  },
};

export type Lifetimes = DeepReadonly<typeof LIFETIMES>;

type DeepReadonly<T> = { readonly [K in keyof T]: T[K] extends object ? DeepReadonly<T[K]> : T[K] };

import type { Verdict } from './verdict.ts';

/** The parts of a hook's reason that say who must prove what. */
interface Reason {
  readonly detail?: Readonly<Record<string, unknown>>;
}

/** What a side can show beside its password. */
export type ProofMeans = 'passkey' | 'totp' | 'identity_check';

export interface Proof {
  readonly by: ProofMeans;
  readonly at: Date;
}

type Side = 'initiator' | 'counterparty';

/** What the two sides have shown for this request only. */
export type Proofs = Readonly<Record<Side, Proof | null>>;

export const NO_PROOFS: Proofs = { initiator: null, counterparty: null };

/** `any` of the means, or only the face if a hook doubts that the owner holds the factors. */
export type Means = 'any' | 'identity_check';

/** Who must give which proof. `either`: one of the two sides, no matter which. */
export type Asked = Readonly<Record<Side | 'either', Means | null>>;

export const NOTHING_ASKED: Asked = { initiator: null, counterparty: null, either: null };

const SIDES = ['initiator', 'counterparty'] as const;

/**
 * Reads what a hook's `step_up` asks for from the detail of its reasons. `side` names the doubtful
 * side. `means: 'identity_check'` asks for the face. If no side is named, a proof of one side is
 * enough.
 */
export function askedBy(reasons: readonly Reason[]): Asked {
  const named = (side: Side) => reasons.filter(({ detail }) => detail?.side === side);
  const unnamed = reasons.filter(
    ({ detail }) => detail?.side !== 'initiator' && detail?.side !== 'counterparty',
  );
  const means = (among: readonly Reason[]): Means =>
    [...among, ...unnamed].some(({ detail }) => detail?.means === 'identity_check')
      ? 'identity_check'
      : 'any';
  const meansOf = (side: Side) => (named(side).length > 0 ? means(named(side)) : null);
  const [initiator, counterparty] = [meansOf('initiator'), meansOf('counterparty')];
  return {
    initiator,
    counterparty,
    either: initiator === null && counterparty === null ? means([]) : null,
  };
}

/** The proofs that are still missing. */
export function stillAsked(asked: Asked, proofs: Proofs): Asked {
  const open = (side: Side) => (isEnough(asked[side], proofs[side]) ? null : asked[side]);
  const either = SIDES.some((side) => isEnough(asked.either, proofs[side])) ? null : asked.either;
  return { initiator: open('initiator'), counterparty: open('counterparty'), either };
}

export function isNothing({ initiator, counterparty, either }: Asked): boolean {
  return initiator === null && counterparty === null && either === null;
}

/** What one side can do: its own proof, or the proof that either side may give. */
export function meansFor(asked: Asked, side: Side): Means | null {
  return strictest(asked[side], asked.either);
}

/**
 * The combined demands of all hooks that still ask. They apply only if the whole decision is
 * `step_up`.
 */
export function askedIn(
  hooks: readonly { readonly verdict: Verdict; readonly reasons: readonly Reason[] }[],
  proofs: Proofs,
): Asked {
  const each = hooks
    .filter(({ verdict }) => verdict === 'step_up')
    .map(({ reasons }) => stillAsked(askedBy(reasons), proofs));
  return each.reduce(
    (all, asked) => ({
      initiator: strictest(all.initiator, asked.initiator),
      counterparty: strictest(all.counterparty, asked.counterparty),
      either: strictest(all.either, asked.either),
    }),
    NOTHING_ASKED,
  );
}

/** Adds a proof. A side keeps the stricter of two proofs: a code never replaces a face. */
export function withProof(proofs: Proofs, side: Side, proof: Proof): Proofs {
  return proofs[side]?.by === 'identity_check' ? proofs : { ...proofs, [side]: proof };
}

export function isEnough(means: Means | null, proof: Pick<Proof, 'by'> | null): boolean {
  return means === null || (proof !== null && (means === 'any' || proof.by === 'identity_check'));
}

function strictest(a: Means | null, b: Means | null): Means | null {
  return a === 'identity_check' || b === 'identity_check' ? 'identity_check' : (a ?? b);
}

/** Proofs as stored in JSON. */
export type StoredProofs = Readonly<
  Record<Side, (Pick<Proof, 'by'> & { readonly at: string }) | null>
>;

export function readProofs(stored: StoredProofs | null): Proofs {
  const read = (side: Side): Proof | null => {
    const proof = stored?.[side] ?? null;
    return proof && { by: proof.by, at: new Date(proof.at) };
  };
  return { initiator: read('initiator'), counterparty: read('counterparty') };
}

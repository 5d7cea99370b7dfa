import type { Account } from '../../accounts/account.ts';
import type { AccountId, OwnerId } from '../../kernel/ids.ts';
import type { Owner } from '../../owners/owner.ts';
import { trackOf } from '../consents/track.ts';
import type { InvalidationReason } from './binding-effect.ts';
import type { StoredEvidence } from './evidence-row.ts';
import { EVIDENCE, type EvidenceType, isControl } from './evidence-type.ts';
import { type Piece, type QualificationResult, qualify } from './qualification.ts';

type Brought = Pick<StoredEvidence, 'type' | 'evidence' | 'accountId' | 'confirmedBy'>;
type InvalidatedPiece = Omit<Brought, 'evidence'>;
type Member = Pick<Account, 'id' | 'kind' | 'ownerId' | 'qualification'>;

/** The accounts of an owner, and the one whose piece changed. That one may only claim the owner. */
export interface Family {
  readonly owner: Pick<Owner, 'id' | 'kind'>;
  readonly applicant: Member;
  readonly others: readonly Member[];
  /** Whether the piece that changed is an accepted one of control. */
  readonly controlShown: boolean;
  /** All open and accepted pieces that these accounts brought for this owner. */
  readonly pieces: readonly Brought[];
  /** The accepted piece of the applicant that stopped counting, if one did. */
  readonly invalidated:
    | { readonly piece: InvalidatedPiece; readonly because: InvalidationReason }
    | undefined;
  readonly now: Date;
}

export interface Requalified {
  readonly id: AccountId;
  readonly result: QualificationResult;
  /** The proven owner from now on. Null: none, or its proof was false. */
  readonly ownerId: OwnerId | null;
  /** Whether it was verified with the invalidated piece, and is not without. */
  readonly rested: boolean;
}

/**
 * What the accounts of an owner are qualified as, after a piece of one of them changed (R5, R44).
 * A piece of the owner counts for all its accounts, while the account that brought it is proven.
 * An account that leaves takes its pieces and its word with it. So this repeats until none leaves.
 *
 * Two are never downgraded, and not in the result: accounts without a piece, which are verified by
 * somebody's word, and all accounts when evidence was only added.
 */
export function requalifyFamily(family: Family): readonly Requalified[] {
  const { owner, applicant, others, invalidated } = family;
  const proven = new Set(others.map(({ id }) => id));
  if (applicant.ownerId === owner.id) proven.add(applicant.id);
  const before = new Set(proven);
  const left = new Set<AccountId>();
  for (;;) {
    const found = [applicant, ...others].flatMap((member) => {
      // An account that only claims the owner changes nothing for the owner's.
      if (member !== applicant && !left.has(applicant.id) && !proven.has(applicant.id)) return [];
      const result = evaluate(family, member, proven);
      if (result?.qualification === 'verified' && !left.has(member.id)) proven.add(member.id);
      return result ? [{ member, result }] : [];
    });
    const leaving = found.filter(
      ({ member, result }) =>
        invalidated?.because === 'found_false' &&
        proven.has(member.id) &&
        result.qualification !== 'verified' &&
        (member === applicant || lacksControl(family, member, result)),
    );
    if (leaving.length === 0)
      return found.map(({ member, result }) => ({
        id: member.id,
        result,
        ownerId: proven.has(member.id) ? owner.id : null,
        rested: result.qualification !== 'verified' && wasVerified(family, member, before),
      }));
    for (const { member } of leaving) {
      proven.delete(member.id);
      left.add(member.id);
    }
  }
}

/** Undefined: nothing changes for this account. */
function evaluate(
  family: Family,
  member: Member,
  proven: ReadonlySet<AccountId>,
): QualificationResult | undefined {
  const { pieces, applicant, invalidated, now } = family;
  if (member !== applicant && !pieces.some(({ accountId }) => accountId === member.id))
    return undefined;
  const track = trackIn(family, member);
  const counting = countingFor(family, member, proven);
  const result = qualify(
    track,
    restsOnOthers(family, member) ? counting : counting.filter(({ elsewhere }) => !elsewhere),
    now,
  );
  const added = invalidated === undefined && result.qualification !== 'verified';
  return added && member.qualification === 'verified' ? undefined : result;
}

/**
 * Whether the owner's pieces count for this account. An account that only claims the owner must
 * show control now. Otherwise how far it is would tell what the owner has proven. Who brought false
 * evidence has to show control again.
 */
function restsOnOthers(
  { owner, applicant, controlShown, invalidated }: Family,
  member: Member,
): boolean {
  if (member !== applicant) return true;
  if (invalidated?.because === 'found_false') return false;
  return member.ownerId === owner.id || controlShown;
}

function wasVerified(family: Family, member: Member, before: ReadonlySet<AccountId>): boolean {
  const { invalidated, pieces, now } = family;
  if (!invalidated) return false;
  const evidence = {
    state: 'accepted',
    examiner: 'person',
    acceptedAt: now,
    validUntil: null,
  } as const;
  const whole = { ...family, pieces: [...pieces, { ...invalidated.piece, evidence }] };
  const counting = countingFor(whole, member, before);
  return qualify(trackIn(family, member), counting, now).qualification === 'verified';
}

function countingFor(
  family: Family,
  { id }: Member,
  proven: ReadonlySet<AccountId>,
): readonly Piece[] {
  return family.pieces
    .filter(({ accountId }) => accountId === id || proven.has(accountId))
    .filter(({ confirmedBy }) => confirmedBy === null || mayConfirm(family, confirmedBy, proven))
    .map(({ type, evidence, accountId }) => ({ type, evidence, elsewhere: accountId !== id }));
}

/**
 * Whether the word of this account counts for others (R44): it is proven, and it showed by itself
 * whose it is. Otherwise two accounts could confirm each other.
 */
export function mayConfirm(
  family: Omit<Family, 'invalidated' | 'controlShown'>,
  id: AccountId,
  proven: ReadonlySet<AccountId>,
): boolean {
  const member = [family.applicant, ...family.others].find((each) => each.id === id);
  if (!member || !proven.has(id)) return false;
  const own = family.pieces.filter(({ accountId }) => accountId === id);
  if (own.length === 0) return member.qualification === 'verified';
  const track = trackIn(family, member);
  return own.some(
    ({ type, evidence }) =>
      isControl(track, type) &&
      EVIDENCE[type].brings !== 'confirmation' &&
      evidence.state === 'accepted' &&
      (evidence.validUntil === null || evidence.validUntil > family.now),
  );
}

function lacksControl(family: Family, member: Member, { missing }: QualificationResult): boolean {
  const track = trackIn(family, member);
  return missing.some((group) => group.some((type) => isControl(track, type)));
}

function trackIn({ owner }: Pick<Family, 'owner'>, { kind }: Member) {
  return trackOf(kind, owner.kind);
}

/** How a proven account qualifies, and the steps that its owner took with another one (R44). */
export function restsOn(family: Omit<Family, 'invalidated' | 'controlShown'>): {
  readonly result: QualificationResult;
  readonly elsewhere: readonly (readonly EvidenceType[])[];
} {
  const { applicant, others, owner, now } = family;
  const whole = { ...family, invalidated: undefined, controlShown: false };
  const counting = countingFor(
    whole,
    applicant,
    new Set([applicant, ...others].map(({ id }) => id)),
  );
  const track = trackOf(applicant.kind, owner.kind);
  const result = qualify(track, counting, now);
  const own = qualify(
    track,
    counting.filter(({ elsewhere }) => !elsewhere),
    now,
  );
  return { result, elsewhere: own.missing.filter((group) => !result.missing.includes(group)) };
}

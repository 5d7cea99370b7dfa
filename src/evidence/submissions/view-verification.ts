import type { Account, Qualification } from '../../accounts/account.ts';
import { findAccount, findAccounts } from '../../accounts/accounts.store.ts';
import { findAccountsOf } from '../../accounts/qualifications.store.ts';
import type { AccountId, EvidenceId, OwnerId } from '../../kernel/ids.ts';
import type { Owner } from '../../owners/owner.ts';
import { type AppealState, appealState, type FoundAppeal } from '../../review/appeal.ts';
import { findAppeals } from '../../review/appeals.store.ts';
import { readClock } from '../../store/clock.store.ts';
import type { Db } from '../../store/database.ts';
import { findClaim, findOwnerKind } from '../claims/claims.store.ts';
import { revealClaim } from '../claims/reveal-claim.ts';
import { findConsents, type StoredConsent } from '../consents/consents.store.ts';
import { type Track, trackOf } from '../consents/track.ts';
import { findDeposits, type ShownDeposit } from '../deposits/deposits.store.ts';
import { type DepositState, TRIES } from '../deposits/micro-deposit.ts';
import type { EvidenceDeps } from '../deps.ts';
import { appealableSince } from '../pieces/appeal-evidence.ts';
import { findEvidenceOf, findPiecesFor } from '../pieces/evidence.store.ts';
import type { EvidenceState, Examiner, RejectionReason } from '../pieces/evidence.ts';
import type { StoredEvidence } from '../pieces/evidence-row.ts';
import { type EvidenceType, isControl, REQUIRED } from '../pieces/evidence-type.ts';
import { restsOn } from '../pieces/family.ts';
import type { SigningState } from '../signings/in-person-signing.ts';
import { findSignings, type ShownSigning } from '../signings/signings.store.ts';

export interface PieceView {
  readonly id: EvidenceId;
  readonly type: EvidenceType;
  readonly state: EvidenceState;
  readonly examiner?: Examiner;
  readonly reason?: RejectionReason;
  readonly validUntil: Date | null;
  /** Until when a person decides (R4); null if no person is asked. */
  readonly dueAt: Date | null;
  readonly submittedAt: Date;
  readonly deposit?: {
    readonly state: DepositState;
    readonly triesLeft: number;
    readonly until: Date | null;
  };
  readonly signing?: {
    readonly state: SigningState;
    readonly at: Date | null;
    readonly place: string | null;
  };
  readonly appeal: AppealState;
}

export interface VerificationView {
  readonly track: Track;
  readonly qualification: Qualification;
  /** When the first of the needed pieces runs out. */
  readonly until: Date | null;
  readonly claim: { readonly claimedAt: Date; readonly nameMasked: string | null } | null;
  /** The valid ones. */
  readonly consents: readonly StoredConsent[];
  /** R3: one piece of each step must be accepted. Pieces are the newest first. */
  readonly groups: readonly {
    readonly alternatives: readonly EvidenceType[];
    readonly pieces: readonly PieceView[];
    /** It shows whose the account is; every account takes it (R44). */
    readonly control: boolean;
    /** The owner took it with another account. Only a proven account learns this. */
    readonly elsewhere: boolean;
  }[];
}

/**
 * How far an account is with its verification, for its own page. Only the declared name is opened,
 * and masked.
 */
export async function viewVerification(
  deps: Pick<EvidenceDeps, 'db' | 'custody' | 'review'>,
  { account: id }: { readonly account: AccountId },
): Promise<VerificationView> {
  const { db } = deps;
  const account = await findAccount(db, id);
  if (!account) throw new Error(`account ${id} is gone`);
  const stored = await findEvidenceOf(db, id);
  const ids = stored.map((piece) => piece.id);
  const now = await readClock(db);
  const claim = await findClaim(db, id);
  const known: Surroundings = {
    deposits: await findDeposits(db, id),
    signings: await findSignings(db, id),
    appeals: await findAppeals(db, { kind: 'evidence', ids }),
    owner: account.ownerId ?? claim?.owner,
    appealDays: deps.review.appealDays,
    now,
  };
  const pieces = stored.map((piece) => viewPiece(piece, known)).reverse();
  const kind = await findOwnerKind(db, id);
  const track = trackOf(account.kind, kind);
  const groups: readonly (readonly EvidenceType[])[] = REQUIRED[track];
  const rests = kind && account.ownerId ? await restOf(db, account, { kind, now }) : undefined;
  return {
    track,
    qualification: account.qualification,
    until: account.qualification === 'verified' ? (rests?.result.until ?? null) : null,
    claim: claim
      ? { claimedAt: claim.claimedAt, nameMasked: await maskedName(deps, id, kind) }
      : null,
    consents: (await findConsents(db, id)).filter(({ endedAt }) => endedAt === null),
    groups: groups.map((alternatives) => ({
      alternatives,
      pieces: pieces.filter(({ type }) => alternatives.includes(type)),
      control: alternatives.some((type) => isControl(track, type)),
      elsewhere: rests?.elsewhere.includes(alternatives) ?? false,
    })),
  };
}

async function restOf(
  db: Db,
  account: Account,
  { kind, now }: { readonly kind: Owner['kind']; readonly now: Date },
): Promise<ReturnType<typeof restsOn> | undefined> {
  const { id, ownerId } = account;
  if (ownerId === null) return undefined;
  const ids = await findAccountsOf(db, ownerId);
  const others = [...(await findAccounts(db, ids)).values()].filter((each) => each.id !== id);
  const pieces = await findPiecesFor(db, ownerId, [id, ...ids]);
  return restsOn({ owner: { id: ownerId, kind }, applicant: account, others, pieces, now });
}

interface Surroundings {
  readonly deposits: ReadonlyMap<EvidenceId, ShownDeposit>;
  readonly signings: ReadonlyMap<EvidenceId, ShownSigning>;
  readonly appeals: ReadonlyMap<string, FoundAppeal>;
  /** The proven or claimed owner of the account. */
  readonly owner: OwnerId | undefined;
  readonly appealDays: number;
  readonly now: Date;
}

function viewPiece(
  piece: StoredEvidence,
  { deposits, signings, appeals, owner, appealDays, now }: Surroundings,
): PieceView {
  const { id, type, evidence, validUntil, dueAt, submittedAt } = piece;
  const deposit = deposits.get(id);
  const signing = signings.get(id);
  return {
    id,
    type,
    state: evidence.state,
    ...('examiner' in evidence ? { examiner: evidence.examiner } : {}),
    ...(evidence.state === 'rejected' ? { reason: evidence.reason } : {}),
    validUntil,
    dueAt,
    submittedAt,
    ...(deposit
      ? {
          deposit: { state: deposit.state, triesLeft: TRIES - deposit.wrong, until: deposit.until },
        }
      : {}),
    ...(signing ? { signing } : {}),
    appeal: appealState({
      refusedAt: appealableSince(piece, owner),
      appeal: appeals.get(id),
      appealDays,
      now,
    }),
  };
}

/** Only the first character for a person. An organisation's name is public. */
async function maskedName(
  deps: Pick<EvidenceDeps, 'db' | 'custody'>,
  account: AccountId,
  kind: Owner['kind'] | undefined,
): Promise<string | null> {
  const name = await revealClaim(deps, {
    account,
    field: 'name',
    by: account,
    purpose: 'own_data',
  });
  if (!name.ok) return null;
  if (kind === 'organisation') return name.value;
  const [first = '', ...rest] = name.value;
  return first + '*'.repeat(Math.min(rest.length, 3));
}

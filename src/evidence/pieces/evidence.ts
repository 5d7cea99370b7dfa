import { ok, type Result, refuse } from '../../kernel/refusals.ts';

/** Why a piece is not, or no longer, accepted. The owner is told this (R5). */
export type RejectionReason =
  | 'unreadable'
  | 'does_not_match'
  | 'not_on_record'
  | 'out_of_date'
  | 'not_confirmed' // the deposit was not confirmed, or the appointment was missed
  | 'not_accepted' // a reviewer's decision; the reason is with the case
  | 'found_false';

/** Who examines it: a provider, or people. */
export type Examiner = 'provider' | 'person';

/**
 * One piece of evidence, from its upload until nothing rests on it (R3, R5).
 *
 *                examine                        accept                     expire, once due
 *    uploaded ────────────▶ checking ──────────────────────▶ accepted ──────────────────────▶ expired
 *                            ⟲    │ refer: a person            ▲│
 *                                 │ decides instead   overturn ││ refute
 *                                 │                  on appeal │▼
 *                                 └─────── reject ────────▶ rejected
 *
 *    withdrawn ◀── withdraw by the owner, from uploaded, checking and accepted
 *
 * `expired` and `withdrawn` are final, and only an appeal leaves `rejected` (R23). After that, new
 * evidence is submitted. So a piece alone shows what once rested on it.
 */
export type Evidence =
  | { readonly state: 'uploaded' }
  | { readonly state: 'checking'; readonly examiner: Examiner; readonly since: Date }
  | {
      readonly state: 'accepted';
      readonly examiner: Examiner;
      readonly acceptedAt: Date;
      readonly validUntil: Date | null;
    }
  | { readonly state: 'rejected'; readonly reason: RejectionReason; readonly rejectedAt: Date }
  | { readonly state: 'expired'; readonly expiredAt: Date }
  | { readonly state: 'withdrawn'; readonly withdrawnAt: Date };

export type EvidenceState = Evidence['state'];

export type EvidenceCommand =
  | { readonly type: 'examine'; readonly examiner: Examiner; readonly now: Date }
  | { readonly type: 'refer'; readonly now: Date } // the provider cannot tell, or cannot be asked
  | {
      readonly type: 'accept';
      readonly by: Examiner;
      readonly validUntil: Date | null;
      readonly now: Date;
    }
  | {
      readonly type: 'reject';
      readonly by: Examiner;
      readonly reason: RejectionReason;
      readonly now: Date;
    }
  | { readonly type: 'refute'; readonly now: Date } // accepted, and later found false
  // rejected, and accepted by people on appeal
  | { readonly type: 'overturn'; readonly validUntil: Date | null; readonly now: Date }
  | { readonly type: 'expire'; readonly now: Date }
  | { readonly type: 'withdraw'; readonly now: Date };

/** Each event carries all of the state that it leads to, so it can be read without earlier ones. */
export type EvidenceEvent =
  | { readonly type: 'examined' | 'referred'; readonly examiner: Examiner; readonly at: Date }
  | {
      readonly type: 'accepted' | 'overturned';
      readonly examiner: Examiner;
      readonly at: Date;
      readonly validUntil: Date | null;
    }
  | { readonly type: 'rejected' | 'refuted'; readonly reason: RejectionReason; readonly at: Date }
  | { readonly type: 'expired' | 'withdrawn'; readonly at: Date };

export type EvidenceRefusalCode =
  | 'not_examined' // nobody was asked to examine it yet
  | 'already_examined'
  | 'not_the_examiner' // a provider's answer after the piece went to a person, or the reverse
  | 'not_accepted'
  | 'not_rejected'
  | 'already_accepted'
  | 'out_of_date'
  | 'still_valid'
  | 'evidence_over';

type CommandType = EvidenceCommand['type'];
type In<S extends EvidenceState> = Extract<Evidence, { state: S }>;
type Command<C extends CommandType> = Extract<EvidenceCommand, { type: C }>;
type Decided = Result<readonly EvidenceEvent[], EvidenceRefusalCode>;
type Rule<S extends EvidenceState, C extends CommandType> = (
  evidence: In<S>,
  command: Command<C>,
) => Decided;

const early = refusing('not_examined', 'EVI-2E1');
const begun = refusing('already_examined', 'EVI-2E2');
const done = refusing('already_accepted', 'EVI-2E3');
const unproven = refusing('not_accepted', 'EVI-2E4');
const over = refusing('evidence_over', 'EVI-2E5');
const held = refusing('not_rejected', 'EVI-2EB');

// biome-ignore format: a table is read by its columns
const RULES = {
  uploaded:  { examine,        refer: early, accept: early, reject: early, refute: unproven, overturn: held, expire: unproven, withdraw },
  checking:  { examine: begun, refer,        accept,        reject,        refute: unproven, overturn: held, expire: unproven, withdraw },
  accepted:  { examine: done,  refer: done,  accept: done,  reject: done,  refute,           overturn: held, expire,           withdraw },
  rejected:  { examine: over,  refer: over,  accept: over,  reject: over,  refute: over,     overturn,       expire: over,     withdraw: over },
  expired:   { examine: over,  refer: over,  accept: over,  reject: over,  refute: over,     overturn: over, expire: over,     withdraw: over },
  withdrawn: { examine: over,  refer: over,  accept: over,  reject: over,  refute: over,     overturn: over, expire: over,     withdraw: over },
} satisfies { readonly [S in EvidenceState]: { readonly [C in CommandType]: Rule<S, C> } };

/** The events of this command, or why there are none. */
export function decide(command: EvidenceCommand, evidence: Evidence): Decided {
  // the table's type guarantees the pair
  const rule = RULES[evidence.state][command.type] as Rule<EvidenceState, CommandType>;
  return rule(evidence, command);
}

export function evolve(_: Evidence, event: EvidenceEvent): Evidence {
  switch (event.type) {
    case 'examined':
    case 'referred':
      return { state: 'checking', examiner: event.examiner, since: event.at };
    case 'accepted':
    case 'overturned':
      return {
        state: 'accepted',
        examiner: event.examiner,
        acceptedAt: event.at,
        validUntil: event.validUntil,
      };
    case 'rejected':
    case 'refuted':
      return { state: 'rejected', reason: event.reason, rejectedAt: event.at };
    case 'expired':
      return { state: 'expired', expiredAt: event.at };
    case 'withdrawn':
      return { state: 'withdrawn', withdrawnAt: event.at };
  }
}

function examine(_: In<'uploaded'>, { examiner, now }: Command<'examine'>): Decided {
  return ok([{ type: 'examined', examiner, at: now }]);
}

/** Once, and never back: a person decides last. */
function refer({ examiner }: In<'checking'>, { now }: Command<'refer'>): Decided {
  if (examiner === 'person') return refuse('already_examined', 'EVI-2E6');
  return ok([{ type: 'referred', examiner: 'person', at: now }]);
}

/** A document that is out of date is never accepted, whatever it looks like (R5). */
function accept({ examiner }: In<'checking'>, { by, validUntil, now }: Command<'accept'>): Decided {
  if (by !== examiner) return refuse('not_the_examiner', 'EVI-2E7', { by, examiner });
  if (validUntil !== null && validUntil <= now)
    return refuse('out_of_date', 'EVI-2E8', { validUntil });
  return ok([{ type: 'accepted', examiner, at: now, validUntil }]);
}

function reject({ examiner }: In<'checking'>, { by, reason, now }: Command<'reject'>): Decided {
  if (by !== examiner) return refuse('not_the_examiner', 'EVI-2E9', { by, examiner });
  return ok([{ type: 'rejected', reason, at: now }]);
}

function refute(_: In<'accepted'>, { now }: Command<'refute'>): Decided {
  return ok([{ type: 'refuted', reason: 'found_false', at: now }]);
}

/** An appeal has the last word, but it cannot accept a document that is out of date. */
function overturn(_: In<'rejected'>, { validUntil, now }: Command<'overturn'>): Decided {
  if (validUntil !== null && validUntil <= now)
    return refuse('out_of_date', 'EVI-2EC', { validUntil });
  return ok([{ type: 'overturned', examiner: 'person', at: now, validUntil }]);
}

function expire({ validUntil }: In<'accepted'>, { now }: Command<'expire'>): Decided {
  if (validUntil === null || now < validUntil)
    return refuse('still_valid', 'EVI-2EA', { validUntil });
  return ok([{ type: 'expired', at: now }]);
}

function withdraw(_: Evidence, { now }: Command<'withdraw'>): Decided {
  return ok([{ type: 'withdrawn', at: now }]);
}

function refusing(code: EvidenceRefusalCode, site: string) {
  return ({ state }: Evidence, { type }: EvidenceCommand): Decided =>
    refuse(code, site, { state, command: type });
}

import type { AccountId } from '../../kernel/ids.ts';
import { ok, type Result, refuse } from '../../kernel/refusals.ts';
import { plusSeconds } from '../../kernel/time.ts';

/**
 * In-person signing by the legal representative (R3). It has an appointment, and two different
 * members of staff attest that they saw the person sign. Two attestations by one person are one.
 *
 *                appoint               attest                attest, another
 *    requested ──────────▶ appointed ⟲ ────────▶ attested ───────────────────▶ signed
 *                              │  appoint: moved      │
 *                              └──── miss, when the time is over ────▶ missed
 *
 *    cancelled ◀── cancel, until somebody has attested
 */
export type InPersonSigning =
  | { readonly state: 'requested' }
  | ({ readonly state: 'appointed' } & Appointment)
  | ({ readonly state: 'attested'; readonly first: AccountId } & Appointment)
  | {
      readonly state: 'signed';
      readonly witnesses: readonly [AccountId, AccountId];
      readonly signedAt: Date;
    }
  | { readonly state: 'missed' }
  | { readonly state: 'cancelled' };

export interface Appointment {
  readonly at: Date;
  readonly place: string;
}

export type SigningState = InPersonSigning['state'];

export type SigningCommand =
  | ({ readonly type: 'appoint'; readonly now: Date } & Appointment)
  // `lasts`: for how many seconds witnesses may attest
  | {
      readonly type: 'attest';
      readonly by: AccountId;
      readonly now: Date;
      readonly lasts: number;
    }
  | { readonly type: 'miss'; readonly now: Date; readonly lasts: number }
  | { readonly type: 'cancel' };

export type SigningEvent =
  | ({ readonly type: 'appointed' } & Appointment)
  | ({ readonly type: 'attested'; readonly first: AccountId } & Appointment)
  | {
      readonly type: 'signed';
      readonly witnesses: readonly [AccountId, AccountId];
      readonly at: Date;
    }
  | { readonly type: 'missed' | 'cancelled' };

export type SigningRefusalCode =
  | 'not_appointed'
  | 'already_attested'
  | 'second_person_needed'
  | 'in_the_past'
  | 'before_the_appointment'
  | 'after_the_appointment'
  | 'signing_over';

type CommandType = SigningCommand['type'];
type In<S extends SigningState> = Extract<InPersonSigning, { state: S }>;
type Command<C extends CommandType> = Extract<SigningCommand, { type: C }>;
type Decided = Result<readonly SigningEvent[], SigningRefusalCode>;
type Rule<S extends SigningState, C extends CommandType> = (
  signing: In<S>,
  command: Command<C>,
) => Decided;

const early = refusing('not_appointed', 'EVI-4S1');
const late = refusing('already_attested', 'EVI-4S2');
const over = refusing('signing_over', 'EVI-4S3');

// biome-ignore format: a table is read by its columns
const RULES = {
  requested: { appoint,       attest: early,       miss: early, cancel },
  appointed: { appoint,       attest: attestFirst, miss,        cancel },
  attested:  { appoint: late, attest: attestAgain, miss,        cancel: late },
  signed:    { appoint: over, attest: over,        miss: over,  cancel: over },
  missed:    { appoint: over, attest: over,        miss: over,  cancel: over },
  cancelled: { appoint: over, attest: over,        miss: over,  cancel: over },
} satisfies { readonly [S in SigningState]: { readonly [C in CommandType]: Rule<S, C> } };

export function decide(command: SigningCommand, signing: InPersonSigning): Decided {
  // the table's type guarantees the pair
  const rule = RULES[signing.state][command.type] as Rule<SigningState, CommandType>;
  return rule(signing, command);
}

export function evolve(_: InPersonSigning, event: SigningEvent): InPersonSigning {
  switch (event.type) {
    case 'appointed':
      return { state: 'appointed', at: event.at, place: event.place };
    case 'attested':
      return { state: 'attested', at: event.at, place: event.place, first: event.first };
    case 'signed':
      return { state: 'signed', witnesses: event.witnesses, signedAt: event.at };
    case 'missed':
    case 'cancelled':
      return { state: event.type };
  }
}

function appoint(_: InPersonSigning, { at, place, now }: Command<'appoint'>): Decided {
  return at <= now
    ? refuse('in_the_past', 'EVI-4S4', { at })
    : ok([{ type: 'appointed', at, place }]);
}

function attestFirst(
  { at, place }: In<'appointed'>,
  { by, now, lasts }: Command<'attest'>,
): Decided {
  return inTime(at, now, lasts) ?? ok([{ type: 'attested', at, place, first: by }]);
}

function attestAgain(
  { at, first }: In<'attested'>,
  { by, now, lasts }: Command<'attest'>,
): Decided {
  if (by === first) return refuse('second_person_needed', 'EVI-4S5', { by });
  return inTime(at, now, lasts) ?? ok([{ type: 'signed', witnesses: [first, by], at: now }]);
}

/** A witness attests from the appointed time on, for `lasts` seconds. */
function inTime(at: Date, now: Date, lasts: number): Decided | undefined {
  if (now < at) return refuse('before_the_appointment', 'EVI-4S6', { at });
  return now >= plusSeconds(at, lasts)
    ? refuse('after_the_appointment', 'EVI-4S7', { at })
    : undefined;
}

function miss({ at }: In<'appointed' | 'attested'>, { now, lasts }: Command<'miss'>): Decided {
  return now < plusSeconds(at, lasts)
    ? refuse('before_the_appointment', 'EVI-4S8', { at })
    : ok([{ type: 'missed' }]);
}

function cancel(): Decided {
  return ok([{ type: 'cancelled' }]);
}

function refusing(code: SigningRefusalCode, site: string) {
  return ({ state }: InPersonSigning, { type }: SigningCommand): Decided =>
    refuse(code, site, { state, command: type });
}

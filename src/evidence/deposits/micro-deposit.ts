import { ok, type Result, refuse } from '../../kernel/refusals.ts';

/** Wrong amounts until a deposit has failed. */
export const TRIES = 3;
/** A deposit is 0.01 to 9.99 yuan, counted in 分. Three guesses are right in 3 of 999 cases. */
export const AMOUNTS = 999;

/**
 * A micro-deposit (R3). A small random amount is sent to the company's bank account. Whoever reads
 * it from the statement and types it in holds that account. Neither the amount nor the number of
 * the bank account is in the state.
 *
 *               sent               confirm, right
 *    ordered ─────────▶ sent ⟲ ───────────────────▶ confirmed
 *       │ bounced        │  a wrong amount, twice at most
 *       └───────▶ failed ◀── the third wrong amount · lapse · bounced
 */
export type MicroDeposit =
  | { readonly state: 'ordered' }
  | { readonly state: 'sent'; readonly wrong: number; readonly until: Date }
  | { readonly state: 'confirmed'; readonly confirmedAt: Date }
  | { readonly state: 'failed'; readonly because: DepositFailure };

export type DepositFailure = 'bounced' | 'wrong_amounts' | 'lapsed';
export type DepositState = MicroDeposit['state'];

export type DepositCommand =
  | { readonly type: 'sent'; readonly until: Date }
  | { readonly type: 'bounced' }
  // the caller compares in constant time
  | { readonly type: 'confirm'; readonly right: boolean; readonly now: Date }
  | { readonly type: 'lapse'; readonly now: Date };

export type DepositEvent =
  | { readonly type: 'sent'; readonly until: Date }
  | { readonly type: 'wrong_amount_counted'; readonly wrong: number; readonly until: Date }
  | { readonly type: 'confirmed'; readonly at: Date }
  | { readonly type: 'failed'; readonly because: DepositFailure };

export type DepositRefusalCode =
  | 'not_sent'
  | 'already_sent'
  | 'deposit_over'
  | 'still_open'
  | 'lapsed';

type CommandType = DepositCommand['type'];
type In<S extends DepositState> = Extract<MicroDeposit, { state: S }>;
type Command<C extends CommandType> = Extract<DepositCommand, { type: C }>;
type Decided = Result<readonly DepositEvent[], DepositRefusalCode>;
type Rule<S extends DepositState, C extends CommandType> = (
  deposit: In<S>,
  command: Command<C>,
) => Decided;

const early = refusing('not_sent', 'EVI-3D1');
const again = refusing('already_sent', 'EVI-3D2');
const over = refusing('deposit_over', 'EVI-3D3');

// biome-ignore format: a table is read by its columns
const RULES = {
  ordered:   { sent,        bounced,       confirm: early, lapse: early },
  sent:      { sent: again, bounced,       confirm,        lapse },
  confirmed: { sent: over,  bounced: over, confirm: over,  lapse: over },
  failed:    { sent: over,  bounced: over, confirm: over,  lapse: over },
} satisfies { readonly [S in DepositState]: { readonly [C in CommandType]: Rule<S, C> } };

export function decide(command: DepositCommand, deposit: MicroDeposit): Decided {
  // the table's type guarantees the pair
  const rule = RULES[deposit.state][command.type] as Rule<DepositState, CommandType>;
  return rule(deposit, command);
}

export function evolve(_: MicroDeposit, event: DepositEvent): MicroDeposit {
  switch (event.type) {
    case 'sent':
      return { state: 'sent', wrong: 0, until: event.until };
    case 'wrong_amount_counted':
      return { state: 'sent', wrong: event.wrong, until: event.until };
    case 'confirmed':
      return { state: 'confirmed', confirmedAt: event.at };
    case 'failed':
      return { state: 'failed', because: event.because };
  }
}

function sent(_: In<'ordered'>, { until }: Command<'sent'>): Decided {
  return ok([{ type: 'sent', until }]);
}

function bounced(): Decided {
  return ok([{ type: 'failed', because: 'bounced' }]);
}

function confirm({ wrong, until }: In<'sent'>, { right, now }: Command<'confirm'>): Decided {
  if (now >= until) return refuse('lapsed', 'EVI-3D4', { until });
  if (right) return ok([{ type: 'confirmed', at: now }]);
  const counted = { type: 'wrong_amount_counted', wrong: wrong + 1, until } as const;
  return ok(
    counted.wrong < TRIES ? [counted] : [counted, { type: 'failed', because: 'wrong_amounts' }],
  );
}

function lapse({ until }: In<'sent'>, { now }: Command<'lapse'>): Decided {
  return now < until
    ? refuse('still_open', 'EVI-3D5', { until })
    : ok([{ type: 'failed', because: 'lapsed' }]);
}

function refusing(code: DepositRefusalCode, site: string) {
  return ({ state }: MicroDeposit, { type }: DepositCommand): Decided =>
    refuse(code, site, { state, command: type });
}

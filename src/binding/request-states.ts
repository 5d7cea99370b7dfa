import type { AccountId, BindingId, DecisionId } from '../kernel/ids.ts';
import type { RefusalCode } from '../kernel/refusals.ts';
import type { Asked, Proof, Proofs } from '../policy/step-up.ts';
import type { PolicyOutcome } from './policy-outcome.ts';

export type Side = 'initiator' | 'counterparty';
export type Role = 'primary' | 'sub';

/**
 * A request to bind two accounts, from its handle to its redemption (docs/protocol.md#overview).
 *
 *             offer             answer, and the             confirm:
 *                              pack asks again               allow                redeem
 *    created ───────▶ offered ────────────────▶ answered ──────────────▶ approved ──────▶ redeemed ⟲ 60 s
 *                      ⟲  │ │                       │                     ▲  ▲
 *          renew_code, ┘  │ └──── answer: allow ────┼─────────────────────┘  │ decide_review:
 *          wrong_code     │                         │ confirm: review        │ accept
 *                         ├── answer: review ───────┼────────▶ in_review ────┤
 *                         │                         │          ▲ prove: review · ask_person
 *                         └── answer: step_up ──────┴───────▶ proving ───────┘ prove: allow
 *                                     confirm: step_up         ⟲ prove: step_up · await_check
 *
 *    refused ◀── answer, confirm, prove: deny · decide_review: reject · decline by the side that is being asked
 *                · expire, while more was to be proved
 *    expired ◀── expire, before approval and review · the last wrong code · decline by a side that had agreed
 */
export type BindingRequest =
  | { readonly state: 'created' }
  | { readonly state: 'offered'; readonly initiator: AccountId; readonly wrongCodes: number }
  | ({ readonly state: 'answered'; readonly decisionId: DecisionId } & Sides)
  | ({ readonly state: 'in_review'; readonly decisionId: DecisionId; readonly due: Date } & Sides)
  | ({ readonly state: 'proving' } & Proving & Sides)
  | ({ readonly state: 'approved'; readonly bindingId: BindingId } & Sides)
  | ({
      readonly state: 'redeemed';
      readonly bindingId: BindingId;
      readonly redeemedAt: Date;
    } & Sides)
  | { readonly state: 'refused'; readonly refusal: RefusalCode }
  | { readonly state: 'expired'; readonly because: 'time' | 'wrong_codes' | 'withdrawn' };

export interface Sides {
  readonly initiator: AccountId;
  readonly counterparty: AccountId;
}

/** Both have agreed; one or both are to prove more before it counts. */
export interface Proving {
  readonly decisionId: DecisionId;
  readonly asked: Asked;
  readonly proofs: Proofs;
  readonly until: Date;
}

export type RequestCommand =
  | { readonly type: 'offer'; readonly initiator: AccountId }
  | { readonly type: 'renew_code'; readonly by: Side }
  | { readonly type: 'wrong_code'; readonly allowed: number } // the pack's `code.wrongCodes`
  | ({
      readonly type: 'answer';
      readonly counterparty: AccountId;
      readonly confirmation: boolean;
    } & PolicyOutcome)
  | { readonly type: 'decline'; readonly by: Side }
  | ({ readonly type: 'confirm' } & PolicyOutcome)
  | ({ readonly type: 'prove'; readonly side: Side; readonly proof: Proof } & PolicyOutcome)
  | { readonly type: 'await_check'; readonly until: Date }
  | ({ readonly type: 'ask_person' } & PolicyOutcome)
  | { readonly type: 'decide_review'; readonly accept: true; readonly bindingId: BindingId }
  | { readonly type: 'decide_review'; readonly accept: false; readonly refusal: RefusalCode }
  | { readonly type: 'redeem'; readonly now: Date }
  | { readonly type: 'expire' };

/** Each carries the whole of what it leads to, so that a stored event can be read without its predecessors. */
export type RequestEvent =
  | { readonly type: 'offered'; readonly initiator: AccountId }
  | { readonly type: 'code_renewed' }
  | {
      readonly type: 'wrong_code_counted';
      readonly initiator: AccountId;
      readonly wrongCodes: number;
    }
  | ({ readonly type: 'answered'; readonly decisionId: DecisionId } & Sides)
  | ({ readonly type: 'asked_for_proof' } & Proving & Sides)
  | ({
      readonly type: 'sent_to_review';
      readonly decisionId: DecisionId;
      readonly due: Date;
    } & Sides)
  | ({ readonly type: 'approved'; readonly bindingId: BindingId } & Sides)
  | ({
      readonly type: 'redeemed';
      readonly bindingId: BindingId;
      readonly redeemedAt: Date;
    } & Sides)
  | { readonly type: 'refused'; readonly refusal: RefusalCode }
  | {
      readonly type: 'expired';
      readonly because: Extract<BindingRequest, { state: 'expired' }>['because'];
    };

export type RequestRefusalCode =
  | 'too_early'
  | 'already_done'
  | 'already_redeemed'
  | 'awaits_review'
  | 'not_asked'
  | 'not_enough'
  | 'request_over'
  | 'same_account'
  | 'initiator_only';

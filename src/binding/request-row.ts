import type { AccountId, BindingId, BindingRequestId, DecisionId } from '../kernel/ids.ts';
import type { RefusalCode } from '../kernel/refusals.ts';
import { type Asked, type Proofs, readProofs, type StoredProofs } from '../policy/step-up.ts';
import type { ObservedDevice } from '../risk/device.ts';
import type { BindingDetails } from './authorization-details.ts';
import type { BindingRequest, RequestState, Role } from './binding-request.ts';

/** A stored binding request: its state, and what was fixed when it was made. */
export interface StoredRequest {
  readonly id: BindingRequestId;
  readonly request: BindingRequest;
  readonly clientId: string;
  readonly channel: 'browser' | 'back_channel';
  readonly role: Role;
  readonly pack: string;
  /** The version of the pack that it began under and keeps (R41). */
  readonly packVersion: number;
  readonly details: BindingDetails;
  readonly audience: string;
  readonly sector: string;
  readonly interactionUid: string | null;
  readonly handleJkt: string | null;
  readonly hasHandle: boolean;
  readonly initiatorId: AccountId | null;
  readonly counterpartyId: AccountId | null;
  readonly initiatorBrowser: Buffer | null;
  readonly initiatorDevice: ObservedDevice | null;
  readonly counterpartyDevice: ObservedDevice | null;
  /** What the two sides proved beside their passwords, for later decisions. */
  readonly proofs: Proofs;
  readonly bindingId: BindingId | null;
  readonly refusedByHook: string | null;
  readonly uiLocales: string | null;
  readonly loginHint: string | null;
  readonly pollInterval: number;
  readonly lastPolledAt: Date | null;
  readonly codeLives: boolean;
  /** The number of the live code; it rises with every new code. */
  readonly codeSerial: number;
  readonly expiresAt: Date;
  /** The business clock when the row was read. Every decision about the request uses it. */
  readonly now: Date;
}

/** A row of binding_requests as PostgreSQL gives it. */
export interface RequestRow {
  readonly id: BindingRequestId;
  readonly state: RequestState;
  readonly client_id: string;
  readonly channel: 'browser' | 'back_channel';
  readonly role: Role;
  readonly pack: string;
  readonly pack_version: number;
  readonly details: BindingDetails;
  readonly audience: string;
  readonly sector: string;
  readonly interaction_uid: string | null;
  readonly handle_hash: Buffer | null;
  readonly handle_jkt: string | null;
  readonly code_hash: Buffer | null;
  readonly code_serial: number;
  readonly wrong_codes: number;
  readonly initiator_id: AccountId | null;
  readonly counterparty_id: AccountId | null;
  readonly initiator_browser: Buffer | null;
  readonly initiator_device: ObservedDevice | null;
  readonly counterparty_device: ObservedDevice | null;
  readonly decision_id: DecisionId | null;
  readonly binding_id: BindingId | null;
  readonly refusal: RefusalCode | null;
  readonly refused_by_hook: string | null;
  readonly ended_because: 'time' | 'wrong_codes' | 'withdrawn' | null;
  readonly review_due: Date | null;
  readonly asked: Asked | null;
  readonly asked_until: Date | null;
  readonly proofs: StoredProofs | null;
  readonly ui_locales: string | null;
  readonly login_hint: string | null;
  readonly poll_interval: number;
  readonly last_polled_at: Date | null;
  readonly redeemed_at: Date | null;
  readonly expires_at: Date;
  readonly now: Date;
}

/** The columns that a state fills; null where the state has nothing. */
interface StateColumns {
  readonly initiatorId: AccountId | null;
  readonly counterpartyId: AccountId | null;
  readonly wrongCodes: number | null;
  readonly decisionId: DecisionId | null;
  readonly bindingId: BindingId | null;
  readonly refusal: RefusalCode | null;
  readonly because: string | null;
  readonly due: Date | null;
  readonly asked: Asked | null;
  readonly until: Date | null;
  readonly proofs: Proofs | null;
  readonly redeemedAt: Date | null;
}

const NONE: StateColumns = {
  initiatorId: null,
  counterpartyId: null,
  wrongCodes: null,
  decisionId: null,
  bindingId: null,
  refusal: null,
  because: null,
  due: null,
  asked: null,
  until: null,
  proofs: null,
  redeemedAt: null,
};

export function stateColumns(request: BindingRequest): StateColumns {
  switch (request.state) {
    case 'created':
      return NONE;
    case 'offered':
      return { ...NONE, initiatorId: request.initiator, wrongCodes: request.wrongCodes };
    case 'answered':
      return {
        ...NONE,
        initiatorId: request.initiator,
        counterpartyId: request.counterparty,
        decisionId: request.decisionId,
      };
    case 'proving': {
      const {
        state: _,
        initiator: initiatorId,
        counterparty: counterpartyId,
        ...proving
      } = request;
      return { ...NONE, initiatorId, counterpartyId, ...proving };
    }
    case 'in_review':
      return {
        ...NONE,
        initiatorId: request.initiator,
        counterpartyId: request.counterparty,
        decisionId: request.decisionId,
        due: request.due,
      };
    case 'approved':
      return {
        ...NONE,
        initiatorId: request.initiator,
        counterpartyId: request.counterparty,
        bindingId: request.bindingId,
      };
    case 'redeemed':
      return {
        ...NONE,
        initiatorId: request.initiator,
        counterpartyId: request.counterparty,
        bindingId: request.bindingId,
        redeemedAt: request.redeemedAt,
      };
    case 'refused':
      return { ...NONE, refusal: request.refusal };
    case 'expired':
      return { ...NONE, because: request.because };
  }
}

/** Also fails on undefined: the statement did not read the column, or its name is misspelled. */
function present<T>(value: T | null | undefined, column: string, row: RequestRow): T {
  if (value == null)
    throw new Error(`binding request ${row.id} is ${row.state} but has no ${column}`);
  return value;
}

function toRequest(row: RequestRow): BindingRequest {
  const sides = () => ({
    initiator: present(row.initiator_id, 'initiator_id', row),
    counterparty: present(row.counterparty_id, 'counterparty_id', row),
  });
  switch (row.state) {
    case 'created':
      return { state: row.state };
    case 'offered':
      return {
        state: row.state,
        initiator: present(row.initiator_id, 'initiator_id', row),
        wrongCodes: row.wrong_codes,
      };
    case 'answered':
      return {
        state: row.state,
        ...sides(),
        decisionId: present(row.decision_id, 'decision_id', row),
      };
    case 'proving':
      return {
        state: row.state,
        ...sides(),
        decisionId: present(row.decision_id, 'decision_id', row),
        asked: present(row.asked, 'asked', row),
        proofs: readProofs(row.proofs),
        until: present(row.asked_until, 'asked_until', row),
      };
    case 'in_review':
      return {
        state: row.state,
        ...sides(),
        decisionId: present(row.decision_id, 'decision_id', row),
        due: present(row.review_due, 'review_due', row),
      };
    case 'approved':
      return {
        state: row.state,
        ...sides(),
        bindingId: present(row.binding_id, 'binding_id', row),
      };
    case 'redeemed':
      return {
        state: row.state,
        ...sides(),
        bindingId: present(row.binding_id, 'binding_id', row),
        redeemedAt: present(row.redeemed_at, 'redeemed_at', row),
      };
    case 'refused':
      return { state: row.state, refusal: present(row.refusal, 'refusal', row) };
    case 'expired':
      return { state: row.state, because: present(row.ended_because, 'ended_because', row) };
  }
}

export function fromRow(row: RequestRow): StoredRequest {
  return {
    id: row.id,
    request: toRequest(row),
    clientId: row.client_id,
    channel: row.channel,
    role: row.role,
    pack: row.pack,
    packVersion: row.pack_version,
    details: row.details,
    audience: row.audience,
    sector: row.sector,
    interactionUid: row.interaction_uid,
    handleJkt: row.handle_jkt,
    hasHandle: row.handle_hash !== null,
    initiatorId: row.initiator_id,
    counterpartyId: row.counterparty_id,
    initiatorBrowser: row.initiator_browser,
    initiatorDevice: row.initiator_device,
    counterpartyDevice: row.counterparty_device,
    proofs: readProofs(row.proofs),
    bindingId: row.binding_id,
    refusedByHook: row.refused_by_hook,
    uiLocales: row.ui_locales,
    loginHint: row.login_hint,
    pollInterval: row.poll_interval,
    lastPolledAt: row.last_polled_at,
    codeLives: row.code_hash !== null,
    codeSerial: row.code_serial,
    expiresAt: row.expires_at,
    now: row.now,
  };
}

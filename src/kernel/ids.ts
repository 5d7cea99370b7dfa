import { randomBytes } from 'node:crypto';

declare const brand: unique symbol;
/** A string that only a `parse*` or `new*` function may create (docs/rules.md, rule 3). */
export type Brand<T, B extends string> = T & { readonly [brand]: B };

export type AccountId = Brand<string, 'AccountId'>;
export type OwnerId = Brand<string, 'OwnerId'>;
export type BindingId = Brand<string, 'BindingId'>;
export type BindingRequestId = Brand<string, 'BindingRequestId'>;
export type DecisionId = Brand<string, 'DecisionId'>;
export type CaseId = Brand<string, 'CaseId'>;
export type ApprovalSessionId = Brand<string, 'ApprovalSessionId'>;
export type EvidenceId = Brand<string, 'EvidenceId'>;
export type DocumentId = Brand<string, 'DocumentId'>;
export type CorrectionId = Brand<string, 'CorrectionId'>;
export type CheckId = Brand<string, 'CheckId'>;
export type FactorId = Brand<string, 'FactorId'>;
export type MessageId = Brand<string, 'MessageId'>;

interface Prefixes {
  acc: AccountId;
  own: OwnerId;
  bnd: BindingId;
  brq: BindingRequestId;
  dec: DecisionId;
  cas: CaseId;
  sit: ApprovalSessionId;
  evi: EvidenceId;
  doc: DocumentId;
  cor: CorrectionId;
  chk: CheckId;
  fac: FactorId;
  msg: MessageId;
}

/**
 * A new identifier: `prefix_` + 22 URL-safe characters. It has 48 bits of time, so that new rows
 * are together in an index, and 80 random bits. Identifiers are not secrets; use {@link newSecret}
 * for anything that grants access.
 */
export function newId<P extends keyof Prefixes>(prefix: P): Prefixes[P] {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(Date.now(), 0, 6);
  return `${prefix}_${bytes.toString('base64url')}` as unknown as Prefixes[P];
}

/** A bearer value of 256 random bits, 43 URL-safe characters. Only its hash may be stored. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url');
}

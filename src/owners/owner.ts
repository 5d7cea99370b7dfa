import type { OwnerId } from '../kernel/ids.ts';

/** The real person or legal entity behind accounts. */
export interface Owner {
  readonly id: OwnerId;
  readonly kind: 'person' | 'organisation';
  /**
   * Keyed blind index of the identity document's number (R1). Equal for the same owner, and tells
   * nothing else.
   */
  readonly identityIndex: string;
  readonly verifiedAt: Date | null;
  /** `platform`: the word of a platform that the operator believes. */
  readonly verifiedBy: 'identity_document' | 'legal_entity' | 'platform' | null;
}

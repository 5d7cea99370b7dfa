import type { OwnerFacts, OwnersFacts } from '../facts.ts';
import type { Hook, Reason } from '../hook.ts';

/** How two accounts were found to have one owner (`same_owner.method`, docs/protocol.md#claims). */
export type SameOwnerMethod = 'identity_document' | 'legal_entity' | 'affiliate';

const METHOD_OF = {
  person: 'identity_document',
  organisation: 'legal_entity',
} as const satisfies Record<OwnerFacts['kind'], SameOwnerMethod>;

/** R1: one identity document, one legal entity, or a legal entity and its verified subsidiary. */
export const sameOwner: Hook<'owners'> = {
  id: 'same-owner',
  version: 1,
  needs: ['owners'],
  evaluate({ owners }) {
    const method = sameOwnerMethod(owners);
    return method === undefined
      ? { verdict: 'deny', reasons: [objectionTo(owners)] }
      : { verdict: 'allow', reasons: [{ code: 'same_owner', detail: { method } }] };
  },
};

/** Undefined unless both owners are verified *and* the same (R1). */
export function sameOwnerMethod({
  primary,
  sub,
  affiliationVerifiedAt,
}: OwnersFacts): SameOwnerMethod | undefined {
  if (!isVerified(primary) || !isVerified(sub)) return undefined;
  if (primary.kind === sub.kind && primary.identityIndex === sub.identityIndex)
    return METHOD_OF[primary.kind];
  const organisations = primary.kind === 'organisation' && sub.kind === 'organisation';
  return organisations && affiliationVerifiedAt !== null ? 'affiliate' : undefined;
}

export function isVerified(
  owner: OwnerFacts | null,
): owner is OwnerFacts & { readonly verifiedAt: Date } {
  return owner !== null && owner.verifiedAt !== null;
}

function objectionTo({ primary, sub }: OwnersFacts): Reason {
  const bothVerified = isVerified(primary) && isVerified(sub);
  return bothVerified
    ? {
        code: 'owners_differ',
        refusal: 'different_owner',
        detail: { primary: primary.id, sub: sub.id },
      }
    : { code: 'owner_not_verified', refusal: 'not_verified' };
}

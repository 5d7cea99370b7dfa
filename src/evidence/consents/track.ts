import type { Kind } from '../../accounts/account.ts';
import type { Owner } from '../../owners/owner.ts';

/**
 * Who is asked for what: by the kind of the account. A practitioner is an individual in a special
 * industry, such as a doctor (R4).
 */
export type Track = Kind | 'practitioner';

export function trackOf(kind: Kind, owner: Owner['kind'] | undefined): Track {
  return kind === 'special_industry' && owner === 'person' ? 'practitioner' : kind;
}

import type { BindingRequestId } from '../kernel/ids.ts';
import type { RefusalCode } from '../kernel/refusals.ts';
import type { Role } from './binding-request.ts';

/** Who said no: one of the two owners, a rule, or a reviewer. Only the last two can be appealed (R23). */
export type RefusedBy = 'owner' | 'policy' | 'person';

/** What has become of the right to appeal. A refusal is appealed once, by either side. */
export type AppealState =
  | { readonly state: 'none' } // an owner's own word, or too late
  | { readonly state: 'possible'; readonly until: Date }
  | { readonly state: 'open'; readonly due: Date }
  | { readonly state: 'dismissed'; readonly at: Date }
  /** `clearedUntil`: until when what was doubtful is not held against the next attempt; null: nothing was doubtful, or it is used. */
  | { readonly state: 'upheld'; readonly at: Date; readonly clearedUntil: Date | null };

/** A refused request as one of its two accounts sees it. */
export interface RefusalView {
  readonly requestId: BindingRequestId;
  readonly app: { readonly name: string; readonly uri: string | null };
  readonly pack: { readonly id: string; readonly title: { readonly zh: string; readonly en: string } };
  /** The viewer's side. */
  readonly role: Role;
  /** A hint at the other account: its name only where both are one owner's. Null: nobody had answered yet. */
  readonly counterpart: string | null;
  readonly refusal: RefusalCode;
  readonly refusedBy: RefusedBy;
  readonly refusedAt: Date;
  readonly appeal: AppealState;
}

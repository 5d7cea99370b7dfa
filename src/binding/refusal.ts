import type { BindingRequestId, DecisionId } from '../kernel/ids.ts';
import type { RefusalCode } from '../kernel/refusals.ts';
import type { Pack } from '../policy/pack.ts';
import type { Verdict } from '../policy/verdict.ts';
import { appealState, appealUntil, type FoundAppeal } from '../review/appeal.ts';
import type { App } from './apps.store.ts';
import { NOT_PROVED, type Role } from './binding-request.ts';

/** Who refused: one of the two owners, the policy, or a reviewer. */
export type RefusedBy = 'owner' | 'policy' | 'person';

/** The state of the appeal. Either side can appeal against a refusal, once in all. */
export type AppealView =
  | { readonly state: 'none' } // an owner refused, or it is too late
  | { readonly state: 'possible'; readonly until: Date }
  | { readonly state: 'open'; readonly due: Date }
  | { readonly state: 'dismissed'; readonly at: Date }
  /**
   * `clearedUntil`: until when the doubt is cleared for the next attempt. Null: there was no doubt,
   * or the clearance is used.
   */
  | { readonly state: 'upheld'; readonly at: Date; readonly clearedUntil: Date | null };

/** A refused request as one of its two accounts sees it. */
export interface RefusalView {
  readonly requestId: BindingRequestId;
  readonly app: Pick<App, 'name' | 'uri'>;
  readonly pack: Pick<Pack, 'id' | 'title'>;
  /** The viewer's side. */
  readonly role: Role;
  /**
   * A hint at the other account. Its name only where both belong to one verified owner. Null:
   * nobody had answered.
   */
  readonly counterpart: string | null;
  readonly refusal: RefusalCode;
  readonly refusedBy: RefusedBy;
  readonly refusedAt: Date;
  readonly appeal: AppealView;
}

/** Without a denial, the policy asked for a proof that did not come, or a person refused. */
export function refusedBy({
  refusal,
  decision_id: decision,
  verdict,
  refused_by_hook: hook,
}: {
  readonly refusal: RefusalCode;
  readonly decision_id: DecisionId | null;
  readonly verdict: Verdict | null;
  readonly refused_by_hook: string | null;
}): RefusedBy {
  if (refusal === 'refused_by_owner' || decision === null) return 'owner';
  // A decision past its life has left no verdict. A rule's refusal names a hook, a person's does
  // not.
  if (verdict === null) return hook === null ? 'person' : 'policy';
  return verdict === 'deny' || hook === NOT_PROVED ? 'policy' : 'person';
}

/** There is an appeal against a refusal by the policy or a reviewer, not by an owner (R23). */
export function appealableSince(by: RefusedBy, refusedAt: Date): Date | null {
  return by === 'owner' ? null : refusedAt;
}

export function appealView(
  {
    by,
    refusedAt,
    clearedUntil,
    appealDays,
    now,
  }: {
    readonly by: RefusedBy;
    readonly refusedAt: Date;
    readonly clearedUntil: Date | null;
    readonly appealDays: number;
    readonly now: Date;
  },
  appeal: FoundAppeal | undefined,
): AppealView {
  const state = appealState({
    refusedAt: appealableSince(by, refusedAt),
    appeal,
    appealDays,
    now,
  });
  switch (state) {
    case 'none':
      return { state };
    case 'possible':
      return { state, until: appealUntil(refusedAt, appealDays) };
    case 'open':
      return { state, due: found(appeal?.dueAt) };
    case 'dismissed':
      return { state, at: found(appeal?.decidedAt) };
    case 'upheld':
      return { state, at: found(appeal?.decidedAt), clearedUntil };
  }
}

function found(at: Date | null | undefined): Date {
  if (!at) throw new Error('an appeal is stored without the date that its state has');
  return at;
}

/** The first character of a name: enough for somebody who knows it. */
export function hintAt(name: string): string {
  const [first] = new Intl.Segmenter().segment(name);
  return `${first?.segment ?? ''}**`;
}

import type { ApprovalSessionView } from '../../binding/view-request.ts';
import { pairOf, sidesOf } from '../core/binding-words.ts';
import { type CopyKey, moment, type Translator, type Values } from '../core/i18n.ts';
import type { Action, MessageView, Notice } from '../core/page.model.ts';

const MOVE_ON_SECONDS = 3;

/** The page of a request on which this approval session has nothing left to decide. */
export function outcome(
  t: Translator,
  seen: ApprovalSessionView,
  notice: Notice | null,
): MessageView {
  const { approvalSession, request } = seen;
  const app = request.app.name;
  const { primary, sub } = sidesOf(request);
  const names = { primary: primary?.displayName ?? '', sub: sub?.displayName ?? '', app };
  const onwards = nextStep(t, seen);
  const view = {
    pair: primary && sub ? pairOf(t, request, approvalSession.account) : [],
    actions: onwards.actions,
    moveOn: onwards.moveOn,
    watch: null,
    notice,
  };
  switch (request.state) {
    case 'approved':
    case 'redeemed':
      return {
        ...view,
        tone: 'good',
        title: t('result.approved.title'),
        sections: plain(t('result.approved.body', names), onwards.text, t('result.approved.next')),
      };
    case 'in_review': {
      const due = request.reviewDue ? moment(t.language, request.reviewDue) : '—';
      return {
        ...view,
        tone: 'warn',
        title: t('result.in_review.title'),
        sections: plain(
          t('result.in_review.body', { due }),
          t('result.in_review.next', names),
          onwards.text,
        ),
      };
    }
    case 'refused':
      return {
        ...view,
        tone: 'bad',
        actions:
          request.refusal === 'refused_by_owner'
            ? onwards.actions
            : [...onwards.actions, appealOf(t, request.id)],
        ...sentences(t, `refusal.${request.refusal ?? 'risk'}`, names),
      };
    case 'expired':
      return {
        ...view,
        tone: 'bad',
        pair: [],
        ...sentences(t, `expired.${request.because ?? 'time'}`, names),
      };
    default: // answered: the initiator is asked, this side waits
      return {
        ...view,
        tone: 'plain',
        title: t('answered.title'),
        sections: plain(
          t(request.startedHere ? 'answered.here' : 'answered.body', { name: names.primary }),
        ),
        actions: request.startedHere
          ? onwards.actions.map((action) => ({ ...action, label: t('answered.continue') }))
          : [],
        watch: { url: `/bind/s/${approvalSession.id}/status`, state: request.state },
      };
  }
}

type Because =
  | `refusal.${NonNullable<ApprovalSessionView['request']['refusal']>}`
  | `expired.${NonNullable<ApprovalSessionView['request']['because']>}`;

function sentences(
  t: Translator,
  key: Because,
  values: Values,
): Pick<MessageView, 'title' | 'sections'> {
  const say = (part: 'what' | 'kept' | 'next') => ({
    label: t(`error.${part}`),
    text: t(`${key}.${part}` satisfies CopyKey, values),
  });
  return {
    title: t(`${key}.title` satisfies CopyKey, values),
    sections: [say('what'), say('kept'), say('next')],
  };
}

function plain(...texts: readonly (string | null)[]): MessageView['sections'] {
  return texts.filter((text) => text !== null).map((text) => ({ label: null, text }));
}

/** The link to an appeal against a rule or a reviewer (R23). */
function appealOf(t: Translator, requestId: string): Action {
  return { href: `/account/refusals/${requestId}`, label: t('result.appeal') };
}

interface NextStep {
  readonly actions: readonly Action[];
  readonly text: string | null;
  readonly moveOn: MessageView['moveOn'];
}

/** The next link: back to the app in the browser that came from it, else the list of bindings. */
function nextStep(t: Translator, { approvalSession, request }: ApprovalSessionView): NextStep {
  const app = request.app.name;
  const account: Action = { href: '/account/bindings', label: t('result.account') };
  if (request.startedHere && request.interactionUid) {
    const href = `/interaction/${request.interactionUid}`;
    const label =
      request.state === 'expired' && request.because === 'time'
        ? t('result.again')
        : t('result.continue', { app });
    return {
      actions: [{ href, id: 'continue', label, primary: true }],
      text: request.state === 'approved' ? t('result.continue.soon') : null,
      moveOn: request.state === 'approved' ? { seconds: MOVE_ON_SECONDS, href } : null,
    };
  }
  const text =
    approvalSession.side === 'initiator' || request.startedHere
      ? t('result.return', { app })
      : t('result.other_done');
  return { actions: [account], text, moveOn: null };
}

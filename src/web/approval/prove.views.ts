import type { ApprovalSessionView } from '../../binding/view-request.ts';
import { proofStatusOf, type StepView } from '../../binding/view-step.ts';
import { pairOf } from '../core/binding-words.ts';
import type { Translator } from '../core/i18n.ts';
import type { Notice } from '../core/page.model.ts';
import type { ProvePage } from './approval.model.ts';

/**
 * An approval session with the proof it is asked for. `step` is undefined where the account may not
 * know it.
 */
export interface ApprovalSessionWithStep extends ApprovalSessionView {
  readonly step: StepView | undefined;
}

/** The page of a step-up: what is asked, and by which means. It does not say what the doubt was. */
export function provePage(
  t: Translator,
  seen: ApprovalSessionWithStep & { readonly step: StepView },
  notice: Notice | null,
): ProvePage {
  const { approvalSession, request, step } = seen;
  const mine = step.means !== null;
  const counterpart =
    (approvalSession.side === 'initiator' ? request.counterparty : request.initiator)
      ?.displayName ?? '';
  const minutes = Math.max(1, Math.ceil(step.secondsLeft / 60));
  return {
    title: t(mine ? 'prove.title' : 'prove.others.title'),
    lede: mine
      ? t(step.means === 'identity_check' ? 'prove.lede.face' : 'prove.lede')
      : t('prove.others.lede', { name: counterpart }),
    approvalSession: approvalSession.id,
    account: approvalSession.account?.id ?? '',
    watch: proofStatusOf(seen, step),
    left:
      step.check === 'waiting'
        ? null
        : { seconds: step.secondsLeft, text: t('prove.left', { minutes }) },
    notice,
    checking: checkingOf(t, step),
    passkey: step.factors.includes('passkey'),
    app: step.factors.includes('totp'),
    face:
      mine && (step.check === 'possible' || step.check === 'failed_once')
        ? {
            href: `/bind/s/${approvalSession.id}/proof/face`,
            hint: t(step.check === 'possible' ? 'prove.face.body' : 'prove.face.again'),
          }
        : null,
    hints: mine ? hintsOf(t, step, counterpart) : [],
    kept: t('prove.kept'),
    pair: pairOf(t, request, approvalSession.account),
    continueTo: continueOf(t, seen, mine),
  };
}

function checkingOf(t: Translator, { check }: StepView): Notice | null {
  if (check === 'waiting')
    return { tone: 'good', title: t('prove.checking'), lines: [t('prove.checking.body')] };
  if (check === 'failed_once')
    return { tone: 'warn', title: t('prove.failed_once'), lines: [t('prove.failed_once.body')] };
  return check === 'failed'
    ? { tone: 'bad', title: t('prove.failed'), lines: [t('prove.failed.body')] }
    : null;
}

function hintsOf(t: Translator, step: StepView, counterpart: string): string[] {
  const none = step.factors.length === 0 && (step.check === 'none' || step.check === 'failed');
  return [
    ...(step.either ? [t('prove.either', { name: counterpart })] : []),
    ...(step.young && step.means === 'any' ? [t('prove.young', { days: step.factorDays })] : []),
    ...(none ? [t('prove.none')] : []),
  ];
}

/** The initiator's link back to the app, in the browser that started. */
function continueOf(
  t: Translator,
  { approvalSession, request }: ApprovalSessionWithStep,
  mine: boolean,
): ProvePage['continueTo'] {
  if (
    request.startedHere &&
    request.interactionUid &&
    (approvalSession.side === 'counterparty' || !mine)
  ) {
    return {
      href: `/interaction/${request.interactionUid}`,
      label: t(
        approvalSession.side === 'counterparty' ? 'prove.continue.initiator' : 'prove.continue',
      ),
    };
  }
  return mine ? null : { href: `/bind/s/${approvalSession.id}`, label: t('prove.continue') };
}

import type { SittingView } from '../binding/view-request.ts';
import { type StepView, standingOf } from '../binding/view-step.ts';
import { pairOf } from './binding-words.ts';
import type { Translator } from './i18n.ts';
import type { Notice, ProvePage } from './views.ts';

/** A sitting, and what is to be proved at it, where it is for its account to know. */
export interface Seen extends SittingView {
  readonly step: StepView | undefined;
}

/** What is asked beside the password, why, and by which means; it tells nobody what the doubt was made of. */
export function provePage(t: Translator, seen: Seen & { readonly step: StepView }, notice: Notice | null): ProvePage {
  const { sitting, request, step } = seen;
  const mine = step.means !== null;
  const counterpart = (sitting.side === 'starter' ? request.other : request.starter)?.displayName ?? '';
  const minutes = Math.max(1, Math.ceil(step.secondsLeft / 60));
  return {
    title: t(mine ? 'prove.title' : 'prove.others.title'),
    lede: mine ? t(step.means === 'identity_check' ? 'prove.lede.face' : 'prove.lede') : t('prove.others.lede', { name: counterpart }),
    sitting: sitting.id,
    account: sitting.account?.id ?? '',
    watch: standingOf(seen, step),
    left: step.check === 'waiting' ? null : { seconds: step.secondsLeft, text: t('prove.left', { minutes }) },
    notice,
    checking: checkingOf(t, step),
    passkey: step.factors.includes('passkey'),
    app: step.factors.includes('totp'),
    face:
      mine && (step.check === 'possible' || step.check === 'failed_once')
        ? { href: `/bind/s/${sitting.id}/proof/face`, hint: t(step.check === 'possible' ? 'prove.face.body' : 'prove.face.again') }
        : null,
    hints: mine ? hintsOf(t, step, counterpart) : [],
    kept: t('prove.kept'),
    pair: pairOf(t, request, sitting.account),
    continueTo: continueOf(t, seen, mine),
  };
}

function checkingOf(t: Translator, { check }: StepView): Notice | null {
  if (check === 'waiting') return { tone: 'good', title: t('prove.checking'), lines: [t('prove.checking.body')] };
  if (check === 'failed_once') return { tone: 'warn', title: t('prove.failed_once'), lines: [t('prove.failed_once.body')] };
  return check === 'failed' ? { tone: 'bad', title: t('prove.failed'), lines: [t('prove.failed.body')] } : null;
}

function hintsOf(t: Translator, step: StepView, counterpart: string): string[] {
  const none = step.factors.length === 0 && (step.check === 'none' || step.check === 'failed');
  return [
    ...(step.either ? [t('prove.either', { name: counterpart })] : []),
    ...(step.young && step.means === 'any' ? [t('prove.young', { days: step.factorDays })] : []),
    ...(none ? [t('prove.none')] : []),
  ];
}

/** The starter's way on, in the browser that started: an app waits behind it. */
function continueOf(t: Translator, { sitting, request }: Seen, mine: boolean): ProvePage['continueTo'] {
  if (request.startedHere && request.interactionUid && (sitting.side === 'other' || !mine)) {
    return {
      href: `/interaction/${request.interactionUid}`,
      label: t(sitting.side === 'other' ? 'prove.continue.starter' : 'prove.continue'),
    };
  }
  return mine ? null : { href: `/bind/s/${sitting.id}`, label: t('prove.continue') };
}

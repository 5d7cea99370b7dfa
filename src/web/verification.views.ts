import type { Kind } from '../accounts/account.ts';
import type { VerificationView } from '../evidence/view-verification.ts';
import type { StepView, VerificationPage } from './applicant-views.ts';
import { moment, type Translator } from './i18n.ts';
import { headOf } from './standing.views.ts';
import { type Returned, standingOf, stepView } from './step.views.ts';

const HERE = '/account/verification';

/** The whole way on one page: how it stands, what is next, and by when (R3, R4). */
export function verificationPage(t: Translator, seen: VerificationView, returned?: Returned): VerificationPage {
  const { kind, claim, groups } = seen;
  const standings = groups.map(standingOf);
  const next = claim ? standings.indexOf('todo') : -1;
  const declared = declareStep(t, kind, seen);
  const steps = [declared, ...groups.map((group, at) => stepView(t, group, { next: at === next, returned }))].map((step) =>
    claim || step === declared ? step : { ...step, action: null, alternative: null },
  );
  const marks = steps.map(({ mark }) => mark);
  const done = marks.filter((mark) => mark === 'done').length;
  return {
    title: t(`verify.title.${kind}`),
    lede: t(`verify.lede.${kind}`),
    head: { ...headOf(t, seen), marks, progress: t('verify.progress', { done, total: marks.length }) },
    steps,
  };
}

function declareStep(t: Translator, kind: Kind, { claim, qualification }: VerificationView): StepView {
  const step = { id: 'declare', title: t(`verify.step.declare.${kind}`), alternative: null, past: null };
  const href = `${HERE}/declare`;
  if (!claim) {
    const action = { href, label: t('verify.step.declare.go'), primary: true };
    return { ...step, mark: 'next', word: t('verify.state.next'), short: t(`verify.step.declare.todo.${kind}`), pieces: [], action };
  }
  const at = moment(t.language, claim.claimedAt);
  const { nameMasked: name } = claim;
  const line = name ? t('verify.step.declare.done', { name, at }) : t('verify.step.declare.done.nameless', { at });
  const action = qualification === 'verified' ? null : { href, label: t('verify.step.declare.change') };
  return { ...step, mark: 'done', word: t('verify.state.filled'), short: line, pieces: [], action };
}

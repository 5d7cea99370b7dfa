import type { Kind } from '../accounts/account.ts';
import type { VerificationView } from '../evidence/view-verification.ts';
import type { Mark, StepView, VerificationPage } from './applicant-views.ts';
import { lastDay } from './day.ts';
import { moment, type Translator } from './i18n.ts';
import { currentOf, MARK, pathOf, pieceName, type Returned, type Standing, standingOf, stepView } from './step.views.ts';
import type { Action } from './views.ts';

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
    head: { ...headOf(t, seen, standings), marks, progress: t('verify.progress', { done, total: marks.length }) },
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
  const line = claim.nameMasked
    ? t('verify.step.declare.done', { name: [claim.nameMasked, claim.numberMasked].filter(Boolean).join(' · '), at })
    : t('verify.step.declare.done.nameless', { at });
  const action = qualification === 'verified' ? null : { href, label: t('verify.step.declare.change') };
  return { ...step, mark: 'done', word: t('verify.state.filled'), short: line, pieces: [], action };
}

type Head = Omit<VerificationPage['head'], 'marks' | 'progress'>;

function headOf(t: Translator, seen: VerificationView, standings: readonly Standing[]): Head {
  const { qualification, until, claim } = seen;
  if (qualification === 'verified') return verifiedHead(t, seen);
  if (!claim) {
    const action = { href: `${HERE}/declare`, label: t('verify.step.declare.go'), primary: true };
    return { tone: 'act', title: t('verify.head.start'), lines: [t('verify.head.start.body')], action };
  }
  const marks: readonly Mark[] = standings.map((standing) => MARK[standing]);
  const count = (mark: Mark): number => marks.filter((each) => each === mark).length;
  if (count('act') > 0)
    return { tone: 'act', title: t('verify.head.act', { count: count('act') }), ...wayTo(t, seen, marks.indexOf('act')) };
  if (count('bad') > 0) {
    const lines = [t('verify.head.rejected.body')];
    return { tone: 'bad', title: t('verify.head.rejected', { count: count('bad') }), lines, action: null };
  }
  if (count('todo') > 0)
    return { tone: 'act', title: t('verify.head.missing', { count: count('todo') }), ...wayTo(t, seen, marks.indexOf('todo')) };
  if (count('wait') > 0) return waitingHead(t, seen);
  return { tone: 'good', title: t('verify.head.verified'), lines: until ? [untilLine(t, until)] : [], action: null };
}

function verifiedHead(t: Translator, { until, groups }: VerificationView): Head {
  const renewing = groups.some(({ pieces }) => pieces.some(({ state }) => state === 'uploaded' || state === 'checking'));
  const lines = [until ? untilLine(t, until) : t('verify.head.verified.body')];
  return { tone: 'good', title: t(renewing ? 'verify.head.renewing' : 'verify.head.verified'), lines, action: null };
}

function untilLine(t: Translator, until: Date): string {
  return t('verify.head.verified.until', { until: lastDay(t.language, until) });
}

/** What the step at `at` asks for, and the button that leads there. */
function wayTo(t: Translator, { groups }: VerificationView, at: number): Pick<Head, 'lines' | 'action'> {
  const group = groups[at];
  if (!group) return { lines: [], action: null };
  const current = currentOf(group);
  const type = current?.type ?? group.alternatives[0];
  if (!type) return { lines: [], action: null };
  const lines = [t('verify.head.missing.body', { next: pieceName(t, type) })];
  if (current?.signing?.at)
    return {
      lines: [...lines, t('verify.signing.appointed', { at: moment(t.language, current.signing.at), place: current.signing.place ?? '' })],
      action: null,
    };
  const action: Action = { href: pathOf(type), label: t(current?.deposit ? 'verify.go.amount' : 'verify.go'), primary: true };
  return { lines, action };
}

/** R4: the date by which all of it is answered, where people look at it. */
function waitingHead(t: Translator, { groups }: VerificationView): Head {
  const waiting = groups.flatMap((group) => currentOf(group) ?? []).filter(({ state }) => state !== 'accepted');
  const due = waiting.reduce<Date | null>((last, { dueAt }) => (dueAt && (!last || dueAt > last) ? dueAt : last), null);
  const lines = [
    ...(due ? [t('verify.head.waiting.due', { due: moment(t.language, due) })] : []),
    ...(waiting.some(({ signing }) => signing?.state === 'requested') ? [t('verify.head.waiting.signing')] : []),
  ];
  return {
    tone: 'wait',
    title: t('verify.head.waiting'),
    lines: [...(lines.length > 0 ? lines : [t('verify.head.waiting.soon')]), t('verify.told')],
    action: { href: HERE, label: t('verify.refresh') },
  };
}

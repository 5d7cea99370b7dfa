import type { PieceView, VerificationView } from '../../evidence/submissions/view-verification.ts';
import { moment, type Translator } from '../core/i18n.ts';
import { groupStatusOf } from './group-status.ts';
import { type Returned, stepView } from './step.views.ts';
import type { StepView, VerificationPage } from './verification.model.ts';
import { headOf, isByPlatform, isDeclared } from './verification-head.views.ts';

const OVERVIEW = '/account/verification';

/** The whole verification on one page: its state, the next step, and the dates (R3, R4). */
export function verificationPage(
  t: Translator,
  seen: VerificationView,
  returned?: Returned,
): VerificationPage {
  const { track, groups } = seen;
  const declared = isDeclared(seen);
  const next = declared ? groups.map(groupStatusOf).indexOf('todo') : -1;
  const steps = groups.map((group, at) => stepView(t, group, { next: at === next, returned }));
  const all = [
    declareStep(t, seen),
    ...(declared
      ? steps
      : steps.map((step) => ({ ...step, action: null, alternative: null, confirm: null }))),
  ];
  const head = headOf(t, seen);
  const byMachine = groups.some((group) => groupStatusOf(group) === 'checking');
  const byPlatform = isByPlatform(seen);
  const marks = byPlatform ? [] : all.map(({ mark }) => mark);
  const done = marks.filter((mark) => mark === 'done').length;
  const progress = byPlatform
    ? t('verify.progress.none')
    : t('verify.progress', { done, total: marks.length });
  return {
    title: t(`verify.title.${track}`),
    lede: t(`verify.lede.${track}`),
    head: { ...head, marks, progress },
    steps: byPlatform ? [] : all,
    verified: seen.qualification === 'verified',
    company:
      seen.qualification === 'verified' && (track === 'enterprise' || track === 'special_industry'),
    // Polling reloads the page, so it is off where a person may be typing.
    watch:
      byMachine && head.tone === 'wait'
        ? { url: `${OVERVIEW}/status`, state: statusOf(groups.flatMap(({ pieces }) => pieces)) }
        : null,
  };
}

/** A text that changes when anything changes that the page shows of the pieces. */
export function statusOf(
  pieces: readonly (Pick<PieceView, 'id' | 'state'> & {
    readonly deposit?: Pick<NonNullable<PieceView['deposit']>, 'state'> | undefined;
  })[],
): string {
  return pieces
    .map(({ id, state, deposit }) => `${id}.${state}.${deposit?.state ?? ''}`)
    .sort()
    .join(' ');
}

function declareStep(t: Translator, seen: VerificationView): StepView {
  const { track, claim, qualification } = seen;
  const step = {
    id: 'declare',
    title: t(`verify.step.declare.${track}`),
    alternative: null,
    confirm: null,
    past: null,
    pieces: [],
  };
  const href = `${OVERVIEW}/declare`;
  if (!isDeclared(seen)) {
    const action = { href, label: t('verify.step.declare.go'), primary: true };
    return {
      ...step,
      mark: 'next',
      word: t('verify.state.next'),
      short: t(`verify.step.declare.todo.${track}`),
      action,
    };
  }
  const action =
    qualification === 'verified' ? null : { href, label: t('verify.step.declare.change') };
  return {
    ...step,
    mark: 'done',
    word: t('verify.state.filled'),
    short: claim && declaredLine(t, claim),
    action,
  };
}

function declaredLine(
  t: Translator,
  { claimedAt, nameMasked: name }: NonNullable<VerificationView['claim']>,
): string {
  const at = moment(t.language, claimedAt);
  return name
    ? t('verify.step.declare.done', { name, at })
    : t('verify.step.declare.done.nameless', { at });
}

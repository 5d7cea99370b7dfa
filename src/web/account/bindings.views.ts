import type { bindingsOf } from '../../binding/list-bindings.ts';
import type { Preconditions } from '../../policy/unbinding-rules.ts';
import { accountHint, packWord } from '../core/binding-words.ts';
import { moment, type Translator, wordFor } from '../core/i18n.ts';
import type { BindingsView, GradeStep } from './account.model.ts';

type Mine = Awaited<ReturnType<typeof bindingsOf>>[number];

export function bindingsView(t: Translator, bindings: readonly Mine[]): BindingsView {
  const rows = (role: Mine['role']) =>
    bindings.filter((binding) => binding.role === role).map((binding) => rowOf(t, binding));
  const groups = [
    { title: t('bindings.mine.primary'), bindings: rows('primary') },
    { title: t('bindings.mine.sub'), bindings: rows('sub') },
  ];
  return {
    title: t('bindings.title'),
    groups: groups.filter((group) => group.bindings.length > 0),
  };
}

/** Who suspended a binding may resume it (R28). Evidence lifts its own holds (R5). */
function changeOf({ state, suspendedBy, role }: Mine): 'suspend' | 'resume' | null {
  if (!isLive({ state })) return null;
  return suspendedBy.includes(role) ? 'resume' : 'suspend';
}

function isLive({ state }: Pick<Mine, 'state'>): boolean {
  return state === 'active' || state === 'suspended';
}

function holdsOf(t: Translator, { suspendedBy, role }: Mine): string[] {
  return suspendedBy.map((holder) =>
    t(
      `bindings.held.${holder === role ? 'you' : holder === 'primary' || holder === 'sub' ? 'other' : holder}`,
    ),
  );
}

function rowOf(t: Translator, mine: Mine): BindingsView['groups'][number]['bindings'][number] {
  const { id, counterpart, state, since, permissions, unbinding } = mine;
  return {
    id,
    name: counterpart.displayName,
    hint: accountHint(t, counterpart),
    state,
    stateWord: t(`bindings.state.${state}`, { days: unbinding.historyDays }),
    since: t('bindings.since', { since: moment(t.language, since) }),
    permissions: permissions.map(({ name }) => wordFor(t, 'permission', name)),
    grade: gradeOf(t, mine),
    holds: holdsOf(t, mine),
    overLimit: mine.overLimit && isLive(mine) ? t('bindings.over_limit') : null,
    confirm: confirmOf(t, mine),
    change: changeOf(mine),
    ends: changeOf(mine) === null ? null : endingOf(t, unbinding),
  };
}

/** A binding from elsewhere waits for its owners' word (R50). */
function confirmOf(t: Translator, mine: Mine): string | null {
  if (mine.confirmBy === null || !isLive(mine)) return null;
  return mine.suspendedBy.includes('confirmation')
    ? t('bindings.confirm.late')
    : t('bindings.confirm.hint', { until: moment(t.language, mine.confirmBy) });
}

/** The effect and the conditions of unbinding, from the binding's own rules (R25, R26). */
function endingOf(t: Translator, { historyDays, preconditions }: Mine['unbinding']): string {
  const needs =
    preconditions.length > 0 ? t('bindings.end.needs', { missing: namesOf(t, preconditions) }) : '';
  return t('bindings.end.hint', { days: historyDays, needs }).trim();
}

/** The conditions of unbinding, in words. */
export function namesOf(t: Translator, names: Preconditions): string {
  return names.map((name) => t(`missing.${name}`)).join(t('missing.and'));
}

/** One grade up and one down, by the names that the pack gives them. */
function gradeOf(
  t: Translator,
  { grade, role, state }: Mine,
): BindingsView['groups'][number]['bindings'][number]['grade'] {
  if (grade === null) return null;
  const nameOf = (at: number) => packWord(t, grade.titles[at - 1]);
  const step = (step: GradeStep['step'], to: number): readonly GradeStep[] => {
    return to < 1 || to > grade.titles.length
      ? []
      : [{ step, to, label: t(`bindings.grade.${step}`, { grade: nameOf(to) }) }];
  };
  const mayStep = role === 'primary' && (state === 'active' || state === 'suspended');
  return {
    word: t('bindings.grade', { grade: nameOf(grade.now) }),
    steps: mayStep ? [...step('raise', grade.now + 1), ...step('lower', grade.now - 1)] : [],
  };
}

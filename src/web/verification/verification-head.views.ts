import type { VerificationView } from '../../evidence/submissions/view-verification.ts';
import { lastDay } from '../core/day.ts';
import { moment, type Translator } from '../core/i18n.ts';
import type { Action } from '../core/page.model.ts';
import { pathOf } from '../core/upload-form.views.ts';
import { currentOf, type Group, groupStatusOf, MARK } from './group-status.ts';
import { pieceName } from './step.views.ts';
import type { VerificationPage } from './verification.model.ts';

const HERE = '/account/verification';

type Head = Omit<VerificationPage['head'], 'marks' | 'progress'>;

/** Whether the owner was declared. An account can be verified without a declaration made here. */
export function isDeclared({ claim, qualification, groups }: VerificationView): boolean {
  return (
    claim !== null ||
    qualification === 'verified' ||
    groups.some(({ pieces }) => pieces.some(({ state }) => state !== 'withdrawn'))
  );
}

/** Whether the platform's word alone proves the owner (R44): no step was taken, and none is needed. */
export function isByPlatform({ claim, qualification, groups }: VerificationView): boolean {
  return (
    qualification === 'verified' &&
    claim === null &&
    groups.every(({ pieces, elsewhere }) => pieces.length === 0 && !elsewhere)
  );
}

/** The most important message, the next action and its date. The first case that holds is shown. */
export function headOf(t: Translator, seen: VerificationView): Head {
  const { qualification, groups } = seen;
  if (qualification === 'verified') return verified(t, seen);
  if (!isDeclared(seen)) {
    const action = { href: `${HERE}/declare`, label: t('verify.step.declare.go'), primary: true };
    return {
      tone: 'go',
      title: t('verify.head.start'),
      lines: [t('verify.head.start.body')],
      action,
    };
  }
  const marked = (mark: string): readonly Group[] =>
    groups.filter((group) => MARK[groupStatusOf(group)] === mark);
  const [acts, bad, todo] = [marked('act'), marked('bad'), marked('todo')];
  const due = lastDue(groups);
  if (acts[0]) {
    const lines = [
      ...nextLines(t, acts[0]),
      ...(bad.length > 0 ? [t('verify.head.also_rejected', { count: bad.length })] : []),
      ...(due ? [t('verify.head.rest', { due: moment(t.language, due) })] : []),
    ];
    return {
      tone: 'act',
      title: t('verify.head.act', { count: acts.length }),
      lines,
      action: wayTo(t, acts[0]),
    };
  }
  if (bad[0]) {
    const action = { href: `#step-${bad[0].alternatives[0]}`, label: t('verify.head.rejected.go') };
    return {
      tone: 'bad',
      title: t('verify.head.rejected', { count: bad.length }),
      lines: [t('verify.head.rejected.body')],
      action,
    };
  }
  if (todo[0]) {
    return {
      tone: 'go',
      title: t('verify.head.missing', { count: todo.length }),
      lines: nextLines(t, todo[0]),
      action: wayTo(t, todo[0]),
    };
  }
  return {
    tone: 'wait',
    title: t('verify.head.waiting'),
    lines: waitLines(t, groups),
    action: { href: HERE, label: t('verify.refresh') },
  };
}

function verified(t: Translator, seen: VerificationView): Head {
  const { until, groups } = seen;
  const renewing = groups.some(({ pieces }) =>
    pieces.some(({ state }) => state === 'uploaded' || state === 'checking'),
  );
  const line = until
    ? t('verify.head.verified.until', { until: lastDay(t.language, until) })
    : t(isByPlatform(seen) ? 'verify.head.by_platform' : 'verify.head.verified.body');
  return {
    tone: 'good',
    title: t(renewing ? 'verify.head.renewing' : 'verify.head.verified'),
    lines: [line],
    action: null,
  };
}

function nextLines(t: Translator, group: Group): string[] {
  const current = currentOf(group);
  const type = current?.type ?? group.alternatives[0];
  const { at = null, place = null } = current?.signing ?? {};
  return [
    ...(type ? [t('verify.head.missing.body', { next: pieceName(t, type) })] : []),
    ...(at && place !== null
      ? [t('verify.signing.appointed', { at: moment(t.language, at), place })]
      : []),
  ];
}

/** The link to the next step. An appointment in person has none. */
function wayTo(t: Translator, group: Group): Action | null {
  const current = currentOf(group);
  const type = current?.type ?? group.alternatives[0];
  if (!type || current?.signing) return null;
  return {
    href: pathOf(type),
    label: t(current?.deposit ? 'verify.go.amount' : 'verify.go'),
    primary: true,
  };
}

function waitLines(t: Translator, groups: readonly Group[]): string[] {
  const due = lastDue(groups);
  const asked = groups.some((group) => currentOf(group)?.signing?.state === 'requested');
  return [
    ...(due ? [t('verify.head.waiting.due', { due: moment(t.language, due) })] : []),
    ...(asked ? [t('verify.head.waiting.signing')] : []),
    ...(due || asked ? [] : [t('verify.head.waiting.soon')]),
    t('verify.head.waiting.nothing'),
    t('verify.told'),
  ];
}

/** R4: the latest date by which people answer what is waiting; null where nobody has to. */
function lastDue(groups: readonly Group[]): Date | null {
  const waiting = groups
    .filter((group) => MARK[groupStatusOf(group)] === 'wait')
    .flatMap((group) => currentOf(group) ?? []);
  return waiting.reduce<Date | null>(
    (last, { dueAt }) => (dueAt && (!last || dueAt > last) ? dueAt : last),
    null,
  );
}

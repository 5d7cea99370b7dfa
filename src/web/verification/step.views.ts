import { EVIDENCE, type EvidenceType } from '../../evidence/pieces/evidence-type.ts';
import type { PieceView } from '../../evidence/submissions/view-verification.ts';
import { lastDay } from '../core/day.ts';
import { type CopyKey, moment, type Translator } from '../core/i18n.ts';
import type { Action, Notice } from '../core/page.model.ts';
import { pathOf } from '../core/upload-form.views.ts';
import {
  currentOf,
  type Group,
  type GroupStatus,
  groupStatusOf,
  isPending,
  MARK,
} from './group-status.ts';
import type { PieceBlock, StepView } from './verification.model.ts';

/** A form that is shown again: its piece, the typed text, and what was wrong. */
export interface Returned {
  readonly evidenceId: string;
  readonly text: string;
  readonly notice: Notice;
}

export function pieceName(t: Translator, type: EvidenceType): string {
  return t(`evidence.${type}.name`);
}

export function stepView(
  t: Translator,
  group: Group,
  { next, returned }: { next: boolean; returned: Returned | undefined },
): StepView {
  const current = currentOf(group);
  const status = groupStatusOf(group);
  const shown = current
    ? group.pieces.filter((piece) => piece === current || isNews(group, piece, current))
    : [];
  const past = group.pieces.filter((piece) => !shown.includes(piece));
  const [first] = group.alternatives;
  if (!first) throw new Error('a group of evidence has no member');
  const type = current?.type ?? first;
  const isNext = next && status === 'todo';
  return {
    id: first,
    mark: isNext ? 'next' : MARK[status],
    word: t(isNext ? 'verify.state.next' : `verify.state.${status}`),
    title: current
      ? pieceName(t, type)
      : group.alternatives
          .filter((each) => EVIDENCE[each].brings !== 'confirmation')
          .map((each) => pieceName(t, each))
          .join(` ${t('verify.step.or')} `),
    short: status === 'todo' ? t(`evidence.${type}.short`) : null,
    confirm: confirmOf(t, group, status),
    pieces: shown.map((piece) => blockOf(t, piece, { titled: shown.length > 1, returned })),
    action: actionOf(t, status, type, current, isNext),
    alternative: alternativeOf(t, group, type, status),
    past:
      past.length === 0
        ? null
        : {
            label: t('verify.past', { count: past.length }),
            lines: past.map((piece) => pastLine(t, piece)),
          },
  };
}

/** Other pieces to show: those that are pending, and those that were rejected later. */
function isNews({ pieces }: Group, piece: PieceView, current: PieceView): boolean {
  return (
    isPending(piece) ||
    (piece.state === 'rejected' && pieces.indexOf(piece) < pieces.indexOf(current))
  );
}

function actionOf(
  t: Translator,
  status: GroupStatus,
  type: EvidenceType,
  current: PieceView | undefined,
  next: boolean,
): Action | null {
  const href = pathOf(type);
  switch (status) {
    case 'todo':
      return {
        href,
        label: t(
          type === 'bank_micro_deposit'
            ? 'verify.go.deposit'
            : type === 'in_person_signing'
              ? 'verify.go.signing'
              : 'verify.go',
        ),
        primary: next,
      };
    case 'rejected':
    case 'expired':
      return { href, label: t('verify.go.again'), primary: true };
    case 'act':
      return current?.deposit ? { href, label: t('verify.go.amount'), primary: true } : null;
    case 'elsewhere':
      return null;
    case 'done':
      return current?.validUntil ? { href, label: t('verify.go.renew') } : null;
    case 'checking':
    case 'review':
    case 'asked':
    case 'appealed':
      return null;
  }
}

/**
 * Everybody is offered the way by another account (R44). So the page does not tell whether the
 * claimed owner has one.
 */
function confirmOf(t: Translator, { control }: Group, status: GroupStatus): Action | null {
  return control && status !== 'done'
    ? { href: '/account/verification/confirmation', label: t('verify.confirm') }
    : null;
}

/** The owner may choose a person instead of a machine to compare the face (PIPL art. 29). */
/** The link to a type from another one of its step (test/web/alternatives.test.ts). */
export const INSTEAD: Partial<Record<EvidenceType, CopyKey>> = {
  face_match: 'verify.alternative.back',
  person_check: 'verify.alternative',
};

function alternativeOf(
  t: Translator,
  { alternatives, pieces }: Group,
  type: EvidenceType,
  status: GroupStatus,
): Action | null {
  const other = alternatives.find((each) => each !== type && INSTEAD[each] !== undefined);
  const label = other && INSTEAD[other];
  if (
    !label ||
    status === 'done' ||
    pieces.some((piece) => piece.type === other && isPending(piece))
  )
    return null;
  return { href: pathOf(other), label: t(label) };
}

function blockOf(
  t: Translator,
  piece: PieceView,
  { titled, returned }: { titled: boolean; returned: Returned | undefined },
): PieceBlock {
  const at = moment(t.language, piece.submittedAt);
  const mine = returned?.evidenceId === piece.id ? returned : undefined;
  const pending = isPending(piece);
  return {
    title: titled ? pieceName(t, piece.type) : null,
    facts: [...factsOf(t, piece), t('verify.piece.submitted', { at })].join(' · '),
    lines: wordsOf(t, piece),
    due:
      pending && piece.dueAt
        ? t('verify.piece.due', { due: moment(t.language, piece.dueAt) })
        : null,
    rejection: rejectionOf(t, piece),
    appointment: appointmentOf(t, piece),
    appeal:
      piece.appeal === 'possible'
        ? {
            action: `${pieceAt(piece)}/appeal`,
            text: mine?.text ?? '',
            notice: mine?.notice ?? null,
          }
        : null,
    withdraw:
      pending || piece.state === 'accepted'
        ? {
            action: `${pieceAt(piece)}/withdraw`,
            hint: t(pending ? 'verify.withdraw.pending' : 'verify.withdraw.accepted'),
          }
        : null,
  };
}

function pieceAt({ id }: PieceView): string {
  return `/account/verification/pieces/${id}`;
}

function factsOf(t: Translator, { state, validUntil, appeal }: PieceView): string[] {
  if (state !== 'accepted') return [];
  const until = validUntil
    ? t('verify.piece.until', { until: lastDay(t.language, validUntil) })
    : t('verify.piece.forever');
  return [t(appeal === 'upheld' ? 'verify.appeal.upheld' : 'verify.piece.accepted'), until];
}

function wordsOf(t: Translator, piece: PieceView): string[] {
  const { state, deposit, signing, examiner } = piece;
  if (state === 'rejected') return appealWords(t, piece);
  if (!isPending(piece)) return [];
  if (deposit?.state === 'sent' && deposit.until) {
    return [
      t('verify.deposit.sent', {
        until: moment(t.language, deposit.until),
        tries: deposit.triesLeft,
      }),
    ];
  }
  if (deposit) return [t('verify.deposit.ordered')];
  if (signing) return signing.state === 'requested' ? [t('verify.signing.requested')] : [];
  return examiner === 'person' ? [] : [t('verify.piece.provider')];
}

function appealWords(t: Translator, { appeal, dueAt }: PieceView): string[] {
  if (appeal === 'open')
    return [
      dueAt
        ? t('verify.appeal.waiting', { due: moment(t.language, dueAt) })
        : t('verify.appeal.waiting.soon'),
    ];
  return appeal === 'dismissed' ? [t('verify.appeal.dismissed')] : [];
}

function rejectionOf(t: Translator, { state, reason }: PieceView): string | null {
  if (state === 'expired') return t('verify.expired');
  return state === 'rejected'
    ? t(`verify.reason.${reason ?? 'not_accepted'}` satisfies CopyKey)
    : null;
}

function appointmentOf(t: Translator, { signing }: PieceView): PieceBlock['appointment'] {
  if (
    !signing?.at ||
    signing.place === null ||
    (signing.state !== 'appointed' && signing.state !== 'attested')
  )
    return null;
  return {
    when: t('verify.signing.appointed', {
      at: moment(t.language, signing.at),
      place: signing.place,
    }),
    body: t(
      signing.state === 'appointed' ? 'verify.signing.appointed.body' : 'verify.signing.attested',
    ),
  };
}

function pastLine(t: Translator, { type, state, submittedAt }: PieceView): string {
  const word =
    state === 'uploaded' || state === 'checking'
      ? t('verify.state.checking')
      : t(`verify.past.${state}`);
  return [
    pieceName(t, type),
    t('verify.piece.submitted', { at: moment(t.language, submittedAt) }),
    word,
  ].join(' · ');
}

import type { PieceView, VerificationView } from '../../evidence/submissions/view-verification.ts';
import type { Mark } from '../core/page.model.ts';

export type Group = VerificationView['groups'][number];

/** The state of a step, from the piece that counts for it. */
export type GroupStatus =
  | 'done'
  | 'checking'
  | 'review'
  | 'asked'
  | 'act'
  | 'appealed'
  | 'rejected'
  | 'expired'
  | 'todo';

// biome-ignore format: a table is read by its columns
export const MARK = {
  done:     'done',
  checking: 'wait',
  review:   'wait',
  asked:    'wait',
  act:      'act',
  appealed: 'wait',
  rejected: 'bad',
  expired:  'bad',
  todo:     'todo',
} as const satisfies Record<GroupStatus, Mark>;

export const isPending = ({ state }: PieceView): boolean =>
  state === 'uploaded' || state === 'checking';

/**
 * The piece that counts for a group: the accepted one, else a pending one, else the newest that was
 * not withdrawn.
 */
export function currentOf({ pieces }: Group): PieceView | undefined {
  return (
    pieces.find(({ state }) => state === 'accepted') ??
    pieces.find(isPending) ??
    pieces.find(({ state }) => state !== 'withdrawn')
  );
}

export function groupStatusOf(group: Group): GroupStatus {
  const piece = currentOf(group);
  switch (piece?.state) {
    case undefined:
    case 'withdrawn':
      return 'todo';
    case 'accepted':
      return 'done';
    case 'expired':
      return 'expired';
    case 'rejected':
      return piece.appeal === 'open' ? 'appealed' : 'rejected';
    case 'uploaded':
    case 'checking':
      if (piece.deposit?.state === 'sent' || piece.signing?.state === 'appointed') return 'act';
      if (piece.signing?.state === 'requested') return 'asked';
      return piece.examiner === 'person' ? 'review' : 'checking';
  }
}

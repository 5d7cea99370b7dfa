import { DAY, plusSeconds } from '../kernel/time.ts';

/** How long after a refusal it can be appealed against. */
const APPEAL_DAYS = 30;

/** What is known of a refusal, and of the one appeal there can be against it. */
export interface Appealable {
  /** Null: it is not refused, or by somebody against whose word there is no appeal. */
  readonly refusedAt: Date | null;
  readonly appeal: FoundAppeal | undefined;
  readonly now: Date;
}

export interface FoundAppeal {
  readonly state: 'open' | 'decided' | 'dropped';
  readonly decision: 'accept' | 'reject' | null;
  readonly dueAt: Date;
  readonly decidedAt: Date | null;
}

/** What has become of the right to ask for another person's judgement (R23). */
export type AppealState = 'none' | 'possible' | 'open' | 'dismissed' | 'upheld';

export type AppealRefusal = 'nothing_to_appeal' | 'already_appealed' | 'too_late' | 'text_missing';

/** Until when a refusal can be appealed against. */
export function appealUntil(refusedAt: Date): Date {
  return plusSeconds(refusedAt, APPEAL_DAYS * DAY);
}

export function appealState({ refusedAt, appeal, now }: Appealable): AppealState {
  if (appeal?.state === 'open') return 'open';
  if (appeal?.state === 'decided') return appeal.decision === 'accept' ? 'upheld' : 'dismissed';
  return mayAppeal({ refusedAt, appeal, now }) === undefined ? 'possible' : 'none';
}

/** Once, within the time, against a refusal. Undefined: yes. */
export function mayAppeal({
  refusedAt,
  appeal,
  now,
}: Appealable): Exclude<AppealRefusal, 'text_missing'> | undefined {
  if (appeal) return 'already_appealed';
  if (refusedAt === null) return 'nothing_to_appeal';
  return now < appealUntil(refusedAt) ? undefined : 'too_late';
}

import { DAY, plusSeconds } from '../kernel/time.ts';

/** What is known of a refusal and of the appeal against it. There is one appeal at most. */
export interface Appealable {
  /** Null: it is not refused, or there is no appeal against who refused it. */
  readonly refusedAt: Date | null;
  readonly appeal: FoundAppeal | undefined;
  /** For how many days it can be appealed against, as the pack says. */
  readonly appealDays: number;
  readonly now: Date;
}

export interface FoundAppeal {
  readonly state: 'open' | 'decided' | 'dropped';
  readonly decision: 'accept' | 'reject' | null;
  readonly dueAt: Date;
  readonly decidedAt: Date | null;
}

/** The state of the appeal against a refusal (R23). */
export type AppealState = 'none' | 'possible' | 'open' | 'dismissed' | 'upheld';

export type AppealRefusal = 'nothing_to_appeal' | 'already_appealed' | 'too_late' | 'text_missing';

/** Until when a refusal can be appealed against. */
export function appealUntil(refusedAt: Date, appealDays: number): Date {
  return plusSeconds(refusedAt, appealDays * DAY);
}

export function appealState(appealable: Appealable): AppealState {
  const { appeal } = appealable;
  if (appeal?.state === 'open') return 'open';
  if (appeal?.state === 'decided') return appeal.decision === 'accept' ? 'upheld' : 'dismissed';
  return mayAppeal(appealable) === undefined ? 'possible' : 'none';
}

/** Undefined: an appeal is possible, once and within the time. */
export function mayAppeal({
  refusedAt,
  appeal,
  appealDays,
  now,
}: Appealable): Exclude<AppealRefusal, 'text_missing'> | undefined {
  if (appeal) return 'already_appealed';
  if (refusedAt === null) return 'nothing_to_appeal';
  return now < appealUntil(refusedAt, appealDays) ? undefined : 'too_late';
}

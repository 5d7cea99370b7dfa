import chineseDays from 'chinese-days';
import type { Kind } from '../accounts/account.ts';

/** A deadline is 18:00 in Shanghai, which has no summer time. */
const CLOSE_OF_BUSINESS = 'T18:00:00+08:00';
const SHANGHAI_AHEAD_MS = 8 * 3_600_000;

/** What a pack says of reviews. */
export interface ReviewTimes {
  readonly workingDays: number;
  /** Extra working days for special-industry material, 5 to 7 (R4). */
  readonly specialIndustryExtraDays: number;
  /** Whether an acceptance takes two reviewers, by kind of account (R23). */
  readonly fourEyes: Readonly<Record<Kind, boolean>>;
  /** For how many days a refusal can be appealed against (R23). */
  readonly appealDays: number;
}

/**
 * 18:00 of the day that is `workingDays` working days after `from`, by the Chinese calendar: public
 * holidays do not count, make-up days (调休) do (R4).
 */
export function dueAfter(from: Date, workingDays: number): Date {
  const today = new Date(from.getTime() + SHANGHAI_AHEAD_MS).toISOString().slice(0, 10);
  return new Date(`${chineseDays.findWorkday(workingDays, today)}${CLOSE_OF_BUSINESS}`);
}

/** By when people decide about the material of an account of this kind (R4). */
export function materialDueAfter(
  from: Date,
  kind: Kind,
  { workingDays, specialIndustryExtraDays }: ReviewTimes,
): Date {
  return dueAfter(
    from,
    kind === 'special_industry' ? workingDays + specialIndustryExtraDays : workingDays,
  );
}

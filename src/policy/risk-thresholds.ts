import { z } from 'zod';

const points = z.int().min(1).max(1000);
const score = (stepUp: number, face: number, review: number, deny: number) =>
  z
    .strictObject({
      stepUp: points.default(stepUp),
      face: points.default(face),
      review: points.default(review),
      deny: points.default(deny),
    })
    .refine(
      (at) => at.stepUp <= at.review && at.review <= at.deny,
      'stepUp may not be above review, nor review above deny',
    )
    .prefault({});
const share = z.number().min(0).max(1);

/**
 * The `risk` member of a pack (R21, R38–R41). For each protection it sets the score at which to
 * step up, to accept the face only, to review and to deny. It also sets the limits that the rows
 * use. Missing members have the defaults here. A `face` at or above `deny` is never asked for by
 * score. A `face` at or below `stepUp` is always asked for.
 */
export const riskThresholds = z
  .strictObject({
    device: score(45, 90, 50, 105),
    address: score(45, 90, 50, 90),
    behaviour: score(50, 100, 60, 115),
    money: score(50, 95, 50, 95),
    limits: z
      .strictObject({
        // From this many days, a device or network counts as the owner's.
        settledDays: z.number().min(0).max(90).default(5),
        alike: share.default(0.85), // so like a known device that only the cookie was lost
        drift: share.default(0.3), // so changed that the cookie is in other hands
        slightDrift: share.default(0.1), // too little to matter alone
        // In km/h. Address databases can be wrong by a province.
        journeySpeed: z.number().min(0).max(40_000).default(500),
        // With fewer days, an owner has no history to compare with.
        knownDays: z.number().min(0).max(90).default(10),
        // A younger account's factors were enrolled by whoever opened it.
        youngDays: z.number().min(0).max(120).default(40),
        oddHourShare: share.default(0.03),
        scriptedSeconds: z.number().min(0).max(600).default(6),
        regular: share.default(0.1),
        attemptsHour: z.int().min(1).default(12), // an enterprise binds its ten subs at once
        payoutOwners: z.int().min(2).default(3),
        youngPayoutDays: z.number().min(0).max(120).default(45),
        concentration: share.default(0.8),
        freshPayoutDays: z.number().min(0).max(90).default(21),
      })
      .prefault({}),
  })
  .prefault({});

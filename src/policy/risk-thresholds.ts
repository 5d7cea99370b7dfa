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
 * The `risk` member of a pack (R21, R38–R41): at which score each protection steps up, takes no proof but the face, sends to
 * a person and refuses, and the limits that its rows go by. Whatever a pack leaves out is as here. A `face` at `deny` or
 * above is never asked for by the score, one at `stepUp` or below always.
 */
export const riskThresholds = z
  .strictObject({
    device: score(45, 90, 50, 105),
    address: score(45, 90, 50, 90),
    behaviour: score(50, 100, 60, 115),
    money: score(50, 95, 50, 95),
    limits: z
      .strictObject({
        settledDays: z.number().min(0).max(90).default(5), // a device or network that the owner has had for so long is theirs
        alike: share.default(0.85), // so like a known device that only the cookie was lost
        drift: share.default(0.3), // so unlike itself that the cookie is in other hands
        slightDrift: share.default(0.1), // nothing by itself
        journeySpeed: z.number().min(0).max(40_000).default(500), // km/h: databases of addresses err by a province
        knownDays: z.number().min(0).max(90).default(10), // before, an owner has no history to depart from
        youngDays: z.number().min(0).max(120).default(40), // an account's factors were enrolled by whoever opened it
        oddHourShare: share.default(0.03),
        scriptedSeconds: z.number().min(0).max(600).default(6),
        regular: share.default(0.1),
        attemptsHour: z.int().min(1).default(12), // an enterprise binds its ten subs in one go
        payoutOwners: z.int().min(2).default(3),
        youngPayoutDays: z.number().min(0).max(120).default(45),
        concentration: share.default(0.8),
        freshPayoutDays: z.number().min(0).max(90).default(21),
      })
      .prefault({}),
  })
  .prefault({});

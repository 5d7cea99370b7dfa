import { z } from 'zod';

/** Conditions that a pack may set before a sub leaves (R25). */
export const PRECONDITIONS = ['orders_settled', 'not_live', 'account_normal'] as const;
export type Precondition = (typeof PRECONDITIONS)[number];
export type Preconditions = readonly Precondition[];

const TEN_YEARS = 3650;
const A_YEAR_OF_HOURS = 8784;

/** The `unbinding` member of a pack: conditions, what remains afterwards, and the cost. */
export const unbindingRules = z
  .strictObject({
    preconditions: z
      .array(z.enum(PRECONDITIONS))
      .describe('R25: all of them are looked at in the transaction that ends the binding.'),
    historyDays: z
      .int()
      .min(0)
      .max(TEN_YEARS)
      .describe('R26: how long a binding that has ended stays visible.'),
    freePerMonth: z.int().min(0).describe('R27: so many a calendar month cost nothing.'),
    pointsPerUnbinding: z
      .int()
      .min(0)
      .max(1000)
      .describe('R27: credit points that each further one costs.'),
    coolDownHours: z
      .int()
      .min(0)
      .max(A_YEAR_OF_HOURS)
      .describe('R30: how long the two may not be bound again.'),
  })
  .superRefine(({ preconditions }, context) => {
    for (const [at, name] of preconditions.entries()) {
      if (preconditions.indexOf(name) !== at)
        context.addIssue({
          code: 'custom',
          path: ['preconditions', at],
          message: `"${name}" is listed twice`,
        });
    }
  });

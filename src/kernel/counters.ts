/** One counter of `/metrics`: what it counts, and the labels that split it. */
interface CounterDefinition {
  readonly help: string;
  readonly labels: readonly string[];
}

/**
 * Every counter that rooms may use. A label has values of a closed set only, because each value is
 * a time series of its own. docs/architecture.md, "Metrics", has the same table.
 */
// biome-ignore format: a table is read by its columns
export const COUNTERS = {
  bindery_refusals_total:    { help: 'Refusals told to people and apps', labels: ['code'] },
  bindery_redemptions_total: { help: 'Answers to the redemption of binding requests', labels: ['answer'] },
} as const satisfies Record<`bindery_${string}_total`, CounterDefinition>;

export type CounterName = keyof typeof COUNTERS;
export type CounterLabels<Name extends CounterName> = Readonly<
  Record<(typeof COUNTERS)[Name]['labels'][number], string>
>;

/** Adds one to a counter. compose.ts gives it to the rooms that count. */
export type Count = <Name extends CounterName>(name: Name, labels: CounterLabels<Name>) => void;

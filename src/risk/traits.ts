/**
 * What a device shows beside its cookie: in headers and, if scripts run, from the browser. Each
 * trait is weak: half the phones of a city share most of them. `weight` is how well it tells
 * devices apart. A `lasting` trait survives a browser update.
 */
// biome-ignore format: a table is read by its columns
export const TRAITS = [
  { name: 'browser',  weight: 2 },  // Chrome, Safari, WeChat
  { name: 'version',  weight: 0.5 },
  { name: 'system',   weight: 3 },  // Android, iOS, Windows
  { name: 'release',  weight: 1 },
  { name: 'model',    weight: 3 },
  { name: 'language', weight: 1 },
  { name: 'zone',     weight: 2 },
  { name: 'screen',   weight: 3 },
  { name: 'cores',    weight: 1 },
  { name: 'touch',    weight: 1 },
  { name: 'canvas',   weight: 4 },  // how this graphics stack draws: the strongest trait
  { name: 'print',    weight: 2 },  // FingerprintJS: fonts, sound, colours; changes on updates
  { name: 'machine',  weight: 1 },  // processor and its width, from client hints
] as const;

export type TraitName = (typeof TRAITS)[number]['name'];

/** Traits as shown, by name. Traits that a browser hides are left out. */
export type ShownTraits = Readonly<Partial<Record<TraitName, string>>>;

/**
 * With less shared weight than this, nothing is compared: two browsers that hide everything are not
 * alike.
 */
const LEAST_WEIGHT = 5;

/**
 * 0 to 1 over the traits that both show (0 in a list: not shown); null if they share too little. It
 * is a score and not equality, because an honest device changes a little all the time (R10).
 */
export function similarity(a: readonly number[], b: readonly number[]): number | null {
  let shared = 0;
  let equal = 0;
  for (const [at, { weight }] of TRAITS.entries()) {
    const [one, two] = [a[at] ?? 0, b[at] ?? 0];
    if (one === 0 || two === 0) continue;
    shared += weight;
    if (one === two) equal += weight;
  }
  return shared < LEAST_WEIGHT ? null : equal / shared;
}

interface Claims {
  /** From User-Agent. */
  readonly system: string | undefined;
  /** From Sec-CH-UA-Platform and -Mobile. */
  readonly hintedSystem: string | undefined;
  readonly hintedMobile: boolean | undefined;
  /** From the browser's script. */
  readonly touchPoints: number | undefined;
  readonly scriptedSystem: string | undefined;
}

const PHONES: ReadonlySet<string> = new Set(['Android', 'iOS', 'HarmonyOS']);

/** How many claims of the visit cannot all be true. An unknown claim contradicts nothing. */
export function contradictionsIn({
  system,
  hintedSystem,
  hintedMobile,
  touchPoints,
  scriptedSystem,
}: Claims): number {
  if (system === undefined) return 0;
  const phone = PHONES.has(system);
  return [
    hintedSystem !== undefined && hintedSystem !== system,
    scriptedSystem !== undefined && scriptedSystem !== system,
    hintedMobile === true && !phone,
    phone && touchPoints === 0,
  ].filter(Boolean).length;
}

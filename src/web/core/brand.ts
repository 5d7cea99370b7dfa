import { z } from 'zod';
import { contrast, type Hex } from './contrast.ts';

/** The backgrounds of bindery.css that an accent is written on, by colour scheme. */
const BACKGROUNDS = {
  light: ['#f6f2ea', '#fffdf9'],
  dark: ['#13191c', '#1b2327'],
} as const satisfies Record<string, readonly Hex[]>;

/** The text on an accent: it has more contrast there than the background has. */
const ON_ACCENT = { light: '#ffffff', dark: '#07161a' } as const;

/** WCAG 2.2, 1.4.3. */
const LEAST_CONTRAST = 4.5;

const words = z
  .string()
  .min(1)
  .max(40)
  // Neither control characters nor ones that turn the direction of the text.
  .regex(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]*$/u, 'has a character that does not show');
const bilingual = z.strictObject({ zh: words, en: words });
const address = z.url({ protocol: /^https$/ }).max(500);
const colour = z
  .templateLiteral(['#', z.string().regex(/^[0-9a-f]{6}$/i)])
  .describe('#rrggbb') as unknown as z.ZodType<Hex>;
const accent = (scheme: keyof typeof BACKGROUNDS) =>
  colour.refine((own) => BACKGROUNDS[scheme].every((one) => contrast(own, one) >= LEAST_CONTRAST), {
    error: `needs a contrast of ${LEAST_CONTRAST} to ${BACKGROUNDS[scheme].join(' and ')}`,
  });

const members = {
  name: bilingual,
  mark: z
    .string()
    .regex(/^[\w-]+\.(svg|png)$/, 'is the name of an .svg or .png file beside this file')
    .nullable(),
  accent: z.strictObject({ light: accent('light'), dark: accent('dark') }),
  support: z
    .url({ protocol: /^(https|mailto|tel)$/ })
    .max(500)
    .nullable(),
  terms: z.strictObject({ zh: address, en: address }).nullable(),
  privacy: z.strictObject({ zh: address, en: address }).nullable(),
};

/** What pages show of who runs them. */
export type Brand = Readonly<z.infer<z.ZodObject<typeof members>>>;

/** Bindery's own. Members that a file leaves out are taken from here. */
export const OWN_BRAND: Brand = {
  name: { zh: 'Bindery', en: 'Bindery' },
  mark: null,
  accent: { light: '#17505a', dark: '#86c8cf' },
  support: null,
  terms: null,
  privacy: null,
};

const overrides = z.record(z.string().min(1).max(200), z.strictObject(members).partial());
const shape = z.strictObject({
  $schema: z.string().optional(),
  ...z.strictObject(members).partial().shape,
  packs: overrides.default({}),
  apps: overrides.default({}),
});

/** The brand of all pages, and where it differs: by the id of a pack, by the id of an app. */
export interface Brands {
  readonly everywhere: Brand;
  readonly packs: ReadonlyMap<string, Brand>;
  readonly apps: ReadonlyMap<string, Brand>;
}

export const OWN_BRANDS: Brands = { everywhere: OWN_BRAND, packs: new Map(), apps: new Map() };

/** Parses a brand file, or returns every mistake in it, each with its path. */
export function parseBrands(value: unknown): Brands | { readonly problems: readonly string[] } {
  const read = shape.safeParse(value);
  if (!read.success)
    return {
      problems: read.error.issues.flatMap((issue) =>
        issue.code === 'unrecognized_keys'
          ? issue.keys.map((key) => `${[...issue.path, key].join('.')}: unknown member`)
          : [`${issue.path.join('.')}: ${issue.message}`],
      ),
    };
  const { $schema: _, packs, apps, ...own } = read.data;
  const everywhere = over(OWN_BRAND, own);
  return { everywhere, packs: allOver(everywhere, packs), apps: allOver(everywhere, apps) };
}

/** What a page is about, as far as it is known. */
export interface Wearer {
  readonly app?: string | undefined;
  readonly pack?: string | undefined;
}

/** An app's brand counts before a pack's: its people came from there. */
export function brandOf({ everywhere, packs, apps }: Brands, { app, pack }: Wearer): Brand {
  return apps.get(app ?? '') ?? packs.get(pack ?? '') ?? everywhere;
}

export function allBrands({ everywhere, packs, apps }: Brands): ReadonlySet<Brand> {
  return new Set([everywhere, ...packs.values(), ...apps.values()]);
}

/** The style sheet that comes after bindery.css; '' for Bindery's own colours. */
export function styleOf({ accent: { light, dark } }: Brand): string {
  const scheme = (deep: Hex, on: Hex, towards: string) =>
    `:root{--deep:${deep};--on-deep:${on};--deep-over:color-mix(in srgb,${deep} 82%,${towards})}`;
  if (light === OWN_BRAND.accent.light && dark === OWN_BRAND.accent.dark) return '';
  return [
    scheme(light, ON_ACCENT.light, '#000'),
    `@media (prefers-color-scheme:dark){${scheme(dark, ON_ACCENT.dark, '#fff')}}`,
    '',
  ].join('\n');
}

function over(base: Brand, own: Partial<{ [K in keyof Brand]: Brand[K] | undefined }>): Brand {
  const said = Object.entries(own).filter(([, value]) => value !== undefined);
  return { ...base, ...(Object.fromEntries(said) as Partial<Brand>) };
}

function allOver(
  base: Brand,
  each: Readonly<Record<string, Parameters<typeof over>[1]>>,
): ReadonlyMap<string, Brand> {
  return new Map(Object.entries(each).map(([id, own]) => [id, over(base, own)]));
}

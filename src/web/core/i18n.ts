import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { IntlMessageFormat } from 'intl-messageformat';
import type { Context } from 'koa';
import type accountCopy from '../account/copy.zh-CN.json';
import type approvalCopy from '../approval/copy.zh-CN.json';
import type frontCopy from '../front/copy.zh-CN.json';
import type operatorCopy from '../operator/copy.zh-CN.json';
import type reviewCopy from '../review/copy.zh-CN.json';
import type verificationCopy from '../verification/copy.zh-CN.json';
import type coreCopy from './copy.zh-CN.json';

/**
 * The languages of the pages: tag (RFC 5646) and own name. The first is the default, and its files say which keys there are.
 * A language is added by one line here and a `copy.<tag>.json` beside every `copy.zh-CN.json`.
 */
const NAMES = { 'zh-CN': '中文', en: 'English' } as const satisfies Record<string, string>;

export type Language = keyof typeof NAMES;
export const LANGUAGES = Object.keys(NAMES) as readonly Language[];
const DEFAULT: Language = 'zh-CN';

/** The keys of all journeys. Of journeys, core knows only these. */
export type CopyKey = keyof (typeof coreCopy &
  typeof accountCopy &
  typeof approvalCopy &
  typeof frontCopy &
  typeof operatorCopy &
  typeof reviewCopy &
  typeof verificationCopy);
export type Copy = Readonly<Record<CopyKey, string>>;
export type Values = Readonly<Record<string, string | number>>;

export const COPY = Object.fromEntries(
  LANGUAGES.map((language) => [language, readCopy(language)]),
) as Readonly<Record<Language, Copy>>;
for (const language of LANGUAGES) assertComplete(language);

/** All texts of a language, from the files of all journeys. Throws where a key stands in two of them. */
function readCopy(language: Language): Copy {
  const web = fileURLToPath(new URL('../', import.meta.url));
  const copy: Record<string, string> = {};
  for (const file of globSync(`*/copy.${language}.json`, { cwd: web })) {
    const texts = JSON.parse(readFileSync(join(web, file), 'utf8')) as Record<string, string>;
    for (const [key, text] of Object.entries(texts)) {
      if (Object.hasOwn(copy, key)) throw new Error(`${file}: ${key} stands in another file too`);
      copy[key] = text;
    }
  }
  return copy as Copy;
}

/** A server whose pages would have holes does not start. */
function assertComplete(language: Language): void {
  const missing = Object.keys(COPY[DEFAULT]).filter((key) => !Object.hasOwn(COPY[language], key));
  const unknown = Object.keys(COPY[language]).filter((key) => !isCopyKey(key));
  if (missing.length + unknown.length > 0)
    throw new Error(`copy of ${language}: missing ${missing}, not in ${DEFAULT}: ${unknown}`);
}

export interface Translator {
  readonly language: Language;
  (key: CopyKey, values?: Values): string;
}

const compiled = new Map<string, IntlMessageFormat>();

function message(language: Language, key: CopyKey): IntlMessageFormat {
  const id = `${language}\n${key}`;
  let known = compiled.get(id);
  if (!known) {
    // Angle brackets are text: copy is escaped by the template, never markup.
    known = new IntlMessageFormat(COPY[language][key], language, undefined, { ignoreTag: true });
    compiled.set(id, known);
  }
  return known;
}

export function translator(language: Language): Translator {
  const translate = (key: CopyKey, values?: Values): string =>
    String(message(language, key).format(values));
  return Object.assign(translate, { language });
}

/** Whether there is copy for a key that was put together from names. */
export function isCopyKey(key: string): key is CopyKey {
  return Object.hasOwn(COPY[DEFAULT], key);
}

/** The word for a name that policy packs or apps may extend: what has no copy is shown as it is. */
export function wordFor(
  t: Translator,
  group:
    | 'permission'
    | 'scope'
    | 'claim'
    | 'hook'
    | 'figure'
    | 'figure.word'
    | 'board.refusal'
    | 'board.part',
  name: string,
): string {
  const key = `${group}.${name}`;
  return isCopyKey(key) ? t(key) : name;
}

/** What others wrote in several languages, such as the title of a pack: by primary language tag (`zh`, `en`). */
export function textIn(language: Language, texts: Readonly<Record<string, string>>): string {
  return texts[primaryOf(language)] ?? texts[primaryOf(DEFAULT)] ?? '';
}

/** `zh` of `zh-CN`. */
function primaryOf(tag: string): string {
  return tag.split('-', 1)[0] ?? tag;
}

/** The language that a tag asks for: the same one, else one of the same primary language. */
export function parseLanguage(value: string | undefined): Language | undefined {
  if (value === undefined) return undefined;
  const same = LANGUAGES.find((tag) => tag.toLowerCase() === value.toLowerCase());
  return same ?? LANGUAGES.find((tag) => new RegExp(`^${primaryOf(tag)}\\b`, 'i').test(value));
}

/** What the person chose, else what the app asked for (`ui_locales`), else what the browser prefers, else the default. */
export function chooseLanguage(
  ctx: Context,
  chosen: string | undefined,
  uiLocales?: unknown,
): Language {
  const asked =
    typeof uiLocales === 'string'
      ? uiLocales.split(' ').map(parseLanguage).find(Boolean)
      : undefined;
  const offered = [...new Set(LANGUAGES.flatMap((tag) => [tag, primaryOf(tag)]))];
  const preferred = ctx.get('Accept-Language') ? ctx.acceptsLanguages(offered) : DEFAULT;
  return parseLanguage(chosen) ?? asked ?? parseLanguage(preferred || undefined) ?? DEFAULT;
}

/** A link to the same page in another language. */
export interface LanguageLink {
  readonly language: Language;
  readonly name: string;
  readonly href: string;
}

/** The page at `path` in each language but the one that it is read in. */
export function otherLanguages(current: Language, path: string): readonly LanguageLink[] {
  const join = path.includes('?') ? '&' : '?';
  return LANGUAGES.filter((language) => language !== current).map((language) => ({
    language,
    name: NAMES[language],
    href: `${path}${join}lang=${language}`,
  }));
}

/** Dates as people in the pack's home read them. */
export function moment(language: Language, at: Date): string {
  return new Intl.DateTimeFormat(language, {
    dateStyle: 'long',
    timeStyle: 'short',
    timeZone: 'Asia/Shanghai',
  }).format(at);
}

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
 * The languages of the pages: tag (RFC 5646) and own name. To add one, add a line here and a
 * `copy.<tag>.json` beside each `copy.zh-CN.json`.
 */
const NAMES = { 'zh-CN': '中文', en: 'English' } as const satisfies Record<string, string>;

export type Language = keyof typeof NAMES;
export const LANGUAGES = Object.keys(NAMES) as readonly Language[];
const DEFAULT: Language = 'zh-CN';

/** The keys of all journeys. This is the only thing that core knows about journeys. */
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

/** All texts of a language, from the files of all journeys. Throws where two files have one key. */
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

/** Throws where a language has other keys than the default, so that no page lacks a text. */
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
    // Angle brackets are text: templates escape copy, so it never holds markup.
    known = new IntlMessageFormat(COPY[language][key], language, undefined, { ignoreTag: true });
    compiled.set(id, known);
  }
  return known;
}

/** `brand` is who runs the pages; any text may name it as `{brand}`. */
export function translator(language: Language, brand = 'Bindery'): Translator {
  const translate = (key: CopyKey, values?: Values): string =>
    String(message(language, key).format({ brand, ...values }));
  return Object.assign(translate, { language });
}

/** Whether there is copy for a key that was composed from names. */
export function isCopyKey(key: string): key is CopyKey {
  return Object.hasOwn(COPY[DEFAULT], key);
}

/** The word for a name that packs or apps can extend. A name without copy is shown as it is. */
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

/**
 * One of several texts by primary language tag (`zh`, `en`), such as a pack's title. Falls back to
 * the default language.
 */
export function textIn(language: Language, texts: Readonly<Record<string, string>>): string {
  return texts[primaryOf(language)] ?? texts[primaryOf(DEFAULT)] ?? '';
}

/** `zh` of `zh-CN`. */
function primaryOf(tag: string): string {
  return tag.split('-', 1)[0] ?? tag;
}

/** The language for a tag: the same tag, else one with the same primary language. */
export function parseLanguage(value: string | undefined): Language | undefined {
  if (value === undefined) return undefined;
  const same = LANGUAGES.find((tag) => tag.toLowerCase() === value.toLowerCase());
  return same ?? LANGUAGES.find((tag) => new RegExp(`^${primaryOf(tag)}\\b`, 'i').test(value));
}

/**
 * The language of an answer: the person's choice, else the app's `ui_locales`, else the browser's
 * preference, else the default.
 */
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

/** Links to `path` in all other languages. */
export function otherLanguages(current: Language, path: string): readonly LanguageLink[] {
  const join = path.includes('?') ? '&' : '?';
  return LANGUAGES.filter((language) => language !== current).map((language) => ({
    language,
    name: NAMES[language],
    href: `${path}${join}lang=${language}`,
  }));
}

/** Day and time in Shanghai. */
export function moment(language: Language, at: Date): string {
  return new Intl.DateTimeFormat(language, {
    dateStyle: 'long',
    timeStyle: 'short',
    timeZone: 'Asia/Shanghai',
  }).format(at);
}

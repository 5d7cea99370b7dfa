import { IntlMessageFormat } from 'intl-messageformat';
import type { Context } from 'koa';
import enAccount from './copy/en/account.json' with { type: 'json' };
import enBoard from './copy/en/board.json' with { type: 'json' };
import enConsents from './copy/en/consents.json' with { type: 'json' };
import enErrorPage from './copy/en/error-pages.json' with { type: 'json' };
import enOwnData from './copy/en/own-data.json' with { type: 'json' };
import enPages from './copy/en/pages.json' with { type: 'json' };
import enProve from './copy/en/prove.json' with { type: 'json' };
import enReasons from './copy/en/reasons.json' with { type: 'json' };
import enReview from './copy/en/review.json' with { type: 'json' };
import enSecurity from './copy/en/security.json' with { type: 'json' };
import enVerification from './copy/en/verification.json' with { type: 'json' };
import zhAccount from './copy/zh-CN/account.json' with { type: 'json' };
import zhBoard from './copy/zh-CN/board.json' with { type: 'json' };
import zhConsents from './copy/zh-CN/consents.json' with { type: 'json' };
import zhErrorPage from './copy/zh-CN/error-pages.json' with { type: 'json' };
import zhOwnData from './copy/zh-CN/own-data.json' with { type: 'json' };
import zhPages from './copy/zh-CN/pages.json' with { type: 'json' };
import zhProve from './copy/zh-CN/prove.json' with { type: 'json' };
import zhReasons from './copy/zh-CN/reasons.json' with { type: 'json' };
import zhReview from './copy/zh-CN/review.json' with { type: 'json' };
import zhSecurity from './copy/zh-CN/security.json' with { type: 'json' };
import zhVerification from './copy/zh-CN/verification.json' with { type: 'json' };

const zh = {
  ...zhPages,
  ...zhAccount,
  ...zhConsents,
  ...zhProve,
  ...zhReview,
  ...zhErrorPage,
  ...zhVerification,
  ...zhOwnData,
  ...zhSecurity,
  ...zhBoard,
  ...zhReasons,
};
const en = {
  ...enPages,
  ...enAccount,
  ...enConsents,
  ...enProve,
  ...enReview,
  ...enErrorPage,
  ...enVerification,
  ...enOwnData,
  ...enSecurity,
  ...enBoard,
  ...enReasons,
};

export const LANGUAGES = ['zh-CN', 'en'] as const;
export type Language = (typeof LANGUAGES)[number];
export type CopyKey = keyof typeof zh;
export type Values = Readonly<Record<string, string | number>>;

/** A key missing in either language does not compile; `test/web/copy.test.ts` checks the rest. */
export const COPY: Readonly<Record<Language, Readonly<Record<CopyKey, string>>>> = {
  'zh-CN': zh,
  en,
};

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
  return Object.hasOwn(zh, key) ? t(key as CopyKey) : name;
}

export function parseLanguage(value: string | undefined): Language | undefined {
  if (value === undefined) return undefined;
  if (/^zh\b/i.test(value)) return 'zh-CN';
  return /^en\b/i.test(value) ? 'en' : undefined;
}

/** What the person chose, else what the app asked for (`ui_locales`), else what the browser prefers, else Chinese. */
export function chooseLanguage(
  ctx: Context,
  chosen: string | undefined,
  uiLocales?: unknown,
): Language {
  const asked =
    typeof uiLocales === 'string'
      ? uiLocales.split(' ').map(parseLanguage).find(Boolean)
      : undefined;
  const preferred = ctx.get('Accept-Language')
    ? ctx.acceptsLanguages('zh-CN', 'zh', 'en')
    : 'zh-CN';
  return parseLanguage(chosen) ?? asked ?? parseLanguage(preferred || undefined) ?? 'zh-CN';
}

/** Dates as people in the pack's home read them. */
export function moment(language: Language, at: Date): string {
  return new Intl.DateTimeFormat(language, {
    dateStyle: 'long',
    timeStyle: 'short',
    timeZone: 'Asia/Shanghai',
  }).format(at);
}

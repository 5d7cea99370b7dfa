import type { Context } from 'koa';
import { CODE_MINUTES } from '../../accounts/contact.ts';
import type { CodeWords } from '../../accounts/send-code.ts';
import { MINUTE } from '../../kernel/time.ts';
import type { Translator } from '../core/i18n.ts';
import type { Pages } from '../core/pages.ts';

/** A browser asks for a code, and the same browser types it: a cookie says which one it is. */
export type CodeCookie = 'bindery_sign_up' | 'bindery_recover';

const PATH = '/account';
const TOKEN = /^[\w-]{43}$/;

export function rememberToken(pages: Pages, ctx: Context, name: CodeCookie, token: string): void {
  pages.cookies.write(ctx, name, token, { path: PATH, maxAge: CODE_MINUTES * MINUTE });
}

export function recallToken(pages: Pages, ctx: Context, name: CodeCookie): string | undefined {
  const token = pages.cookies.read(ctx, name, PATH);
  return token !== undefined && TOKEN.test(token) ? token : undefined;
}

export function forgetToken(pages: Pages, ctx: Context, name: CodeCookie): void {
  pages.cookies.clear(ctx, name, PATH);
}

/** The messages with codes, in the language of the page that asked. */
export function codeWords(t: Translator, purpose: 'sign_up' | 'recover'): CodeWords {
  const minutes = CODE_MINUTES;
  return {
    code: (code) => ({
      subject: t('message.code.subject'),
      text: t(`message.code.${purpose}`, { code, minutes }),
    }),
    known: (login) => ({
      subject: t('message.known.subject'),
      text: t('message.known.text', { login }),
    }),
  };
}

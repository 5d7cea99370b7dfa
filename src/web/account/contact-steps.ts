import type Router from '@koa/router';
import type { Context } from 'koa';
import { CODE_MINUTES } from '../../accounts/contact.ts';
import { type CodeWords, kindsOf, sendCode } from '../../accounts/send-code.ts';
import type { Refusal } from '../../kernel/refusals.ts';
import { MINUTE } from '../../kernel/time.ts';
import type { WebDeps } from '../core/deps.ts';
import { ERROR_PAGES, type ErrorPageCode } from '../core/error-pages.ts';
import { field, formGuard } from '../core/forms.ts';
import type { Translator } from '../core/i18n.ts';
import type { Pages } from '../core/pages.ts';

const PATH = '/account';
const TOKEN = /^[\w-]{43}$/;
const LONGEST_SHOWN_AGAIN = 256;

export interface ContactSteps {
  readonly here: '/account/sign-up' | '/account/recover';
  readonly purpose: 'sign_up' | 'recover';
  readonly showFinish: (ctx: Context) => void;
}

/** The browser's token between the two pages. */
export interface CodeToken {
  /** Undefined after the answer: the browser begins again. */
  need(ctx: Context): string | undefined;
  find(ctx: Context): string | undefined;
  forget(ctx: Context): void;
}

/**
 * The first page of two: an address that gets a code. The same browser types it on the second, so a
 * cookie says which browser asked.
 */
export function addContactSteps(
  router: Router,
  pages: Pages,
  { deps, here, purpose, showFinish }: ContactSteps & { readonly deps: WebDeps },
): CodeToken {
  const cookie = `bindery_${purpose}`;
  const kinds = kindsOf(deps.messages);
  const reach = kinds.length > 1 ? 'both' : (kinds[0] ?? 'mail');
  const token: CodeToken = {
    need(ctx) {
      const found = token.find(ctx);
      if (found === undefined) pages.goTo(ctx, here);
      return found;
    },
    find(ctx) {
      const found = pages.cookies.read(ctx, cookie, PATH);
      return found !== undefined && TOKEN.test(found) ? found : undefined;
    },
    forget: (ctx) => pages.cookies.clear(ctx, cookie, PATH),
  };

  router.get(here, (ctx) => showStart(ctx, ''));

  router.post(here, formGuard(pages), async (ctx) => {
    const typed = field(ctx, 'contact');
    const sent = await sendCode(deps.messages, {
      purpose,
      typed,
      address: pages.visitor(ctx).address,
      words: codeWords(pages.words(ctx), purpose),
    });
    if (!sent.ok) return showStart(ctx, typed, sent.refusal);
    const maxAge = CODE_MINUTES * MINUTE;
    pages.cookies.write(ctx, cookie, sent.value.token, { path: PATH, maxAge });
    pages.goTo(ctx, `${here}/finish`);
  });

  router.get(`${here}/finish`, (ctx) => {
    pages.words(ctx);
    if (token.need(ctx) !== undefined) showFinish(ctx);
  });

  function showStart(ctx: Context, typed: string, refused?: Refusal<ErrorPageCode>): void {
    const t = pages.words(ctx);
    const model = {
      title: t(`contact.${purpose}.title`),
      lede: t(`contact.${purpose}.lede`),
      action: here,
      label: t(`contact.${reach}`),
      typed: typed.slice(0, LONGEST_SHOWN_AGAIN),
      notice: refused ? pages.notice(ctx, refused) : null,
    };
    pages.show(ctx, 'contact', model, { status: statusOf(refused) });
  }

  return token;
}

export function statusOf(refused: Refusal<ErrorPageCode> | undefined): number {
  return refused ? ERROR_PAGES[refused.code].status : 200;
}

/** The messages with codes, in the language of the page that asked. */
function codeWords(t: Translator, purpose: ContactSteps['purpose']): CodeWords {
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

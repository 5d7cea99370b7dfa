import type Router from '@koa/router';
import type { Context } from 'koa';
import { CODE_MINUTES, type ContactKind } from '../../accounts/contact.ts';
import type { CodePurpose } from '../../accounts/contacts.store.ts';
import { type CodeWords, kindsOf, sendCode } from '../../accounts/send-code.ts';
import type { Refusal } from '../../kernel/refusals.ts';
import { MINUTE } from '../../kernel/time.ts';
import type { WebDeps } from '../core/deps.ts';
import { ERROR_PAGES, type ErrorPageCode } from '../core/error-pages.ts';
import { field, formGuard } from '../core/forms.ts';
import type { Translator } from '../core/i18n.ts';
import type { Pages } from '../core/pages.ts';
import { flowOf, inFlow } from './flow.ts';

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
  keep(ctx: Context, token: string): void;
  forget(ctx: Context): void;
}

export function codeToken(
  pages: Pages,
  { here, purpose }: { readonly here: string; readonly purpose: CodePurpose },
): CodeToken {
  const cookie = `bindery_${purpose}`;
  const token: CodeToken = {
    need(ctx) {
      const found = token.find(ctx);
      if (found === undefined) pages.goTo(ctx, inFlow(ctx, here));
      return found;
    },
    find(ctx) {
      const found = pages.cookies.read(ctx, cookie, PATH);
      return found !== undefined && TOKEN.test(found) ? found : undefined;
    },
    keep: (ctx, made) =>
      pages.cookies.write(ctx, cookie, made, { path: PATH, maxAge: CODE_MINUTES * MINUTE }),
    forget: (ctx) => pages.cookies.clear(ctx, cookie, PATH),
  };
  return token;
}

/** Which kinds of addresses get messages here: for the label of a field. */
export function reachOf(kinds: readonly ContactKind[]): ContactKind | 'both' {
  return kinds.length > 1 ? 'both' : (kinds[0] ?? 'mail');
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
  const token = codeToken(pages, { here, purpose });
  const reach = reachOf(kindsOf(deps.messages));

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
    token.keep(ctx, sent.value.token);
    pages.goTo(ctx, inFlow(ctx, `${here}/finish`));
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
      action: inFlow(ctx, here),
      label: t(`contact.${reach}`),
      typed: typed.slice(0, LONGEST_SHOWN_AGAIN),
      back: flowOf(ctx) ?? '/account/sign-in',
      notice: refused ? pages.notice(ctx, refused) : null,
    };
    pages.show(ctx, 'contact', model, { status: statusOf(refused), at: inFlow(ctx, here) });
  }

  return token;
}

export function statusOf(refused: Refusal<ErrorPageCode> | undefined): number {
  return refused ? ERROR_PAGES[refused.code].status : 200;
}

/** The messages with codes, in the language of the page that asked. */
export function codeWords(t: Translator, purpose: CodePurpose): CodeWords {
  const minutes = CODE_MINUTES;
  return {
    code: (code) => ({
      subject: t('message.code.subject'),
      text: t(`message.code.${purpose}`, { code, minutes }),
    }),
    known: (login) => ({
      subject: t('message.known.subject'),
      text: t(purpose === 'add' ? 'message.known.add' : 'message.known.text', { login }),
    }),
  };
}

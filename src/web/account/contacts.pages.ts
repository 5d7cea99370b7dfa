import type Router from '@koa/router';
import type { Context } from 'koa';
import { LOCAL_PLATFORM } from '../../accounts/account.ts';
import {
  ADD_CONTACT,
  beginContact,
  confirmContact,
  parseContactKind,
  REMOVE_CONTACT,
  removeContact,
  viewContacts,
} from '../../accounts/change-contact.ts';
import { CODE_DIGITS, maskContact } from '../../accounts/contact.ts';
import { kindsOf } from '../../accounts/send-code.ts';
import { type Refusal, refusal } from '../../kernel/refusals.ts';
import type { WebDeps } from '../core/deps.ts';
import { ERROR_PAGES, type ErrorPageCode } from '../core/error-pages.ts';
import { field, formGuard } from '../core/forms.ts';
import { moment } from '../core/i18n.ts';
import type { Pages } from '../core/pages.ts';
import { accountGuard, accountOf } from '../core/session.ts';
import { changeForm } from './change-form.ts';
import { codeToken, codeWords, reachOf, statusOf } from './contact-steps.ts';
import { confirmation } from './security.pages.ts';

const HERE = '/account/security/contacts';
const DONE = ['added', 'removed'] as const;

interface Refused {
  /** The form that it belongs to: `add`, or the kind of the address to remove. */
  readonly form: string;
  readonly refused: Refusal<ErrorPageCode>;
}

/** The addresses of an account that Bindery keeps: added, changed and removed by its owner. */
export function contactsPages(router: Router, pages: Pages, deps: WebDeps): void {
  const signedIn = accountGuard(pages, deps.db);
  const guard = formGuard(pages);
  const token = codeToken(pages, { here: HERE, purpose: 'add' });

  router.get(pages.returnTargets.add(HERE), signedIn, async (ctx) => {
    if (isOurs(ctx)) await show(ctx);
  });

  router.post(HERE, guard, signedIn, async (ctx) => {
    if (!isOurs(ctx)) return;
    const begun = await beginContact(deps, {
      account: accountOf(ctx),
      typed: field(ctx, 'contact'),
      address: pages.visitor(ctx).address,
      words: codeWords(pages.words(ctx), 'add'),
      ...confirmation(ctx),
    });
    if (!begun.ok) return await answer(ctx, { form: 'add', refused: begun.refusal });
    token.keep(ctx, begun.value.token);
    pages.goTo(ctx, `${HERE}/finish`);
  });

  router.get(pages.returnTargets.add(`${HERE}/finish`), signedIn, (ctx) => {
    if (isOurs(ctx) && token.need(ctx) !== undefined) showFinish(ctx);
  });

  router.post(`${HERE}/finish`, guard, signedIn, async (ctx) => {
    if (!isOurs(ctx)) return;
    const asked = token.need(ctx);
    if (asked === undefined) return;
    const confirmed = await confirmContact(deps, {
      account: accountOf(ctx).id,
      token: asked,
      code: field(ctx, 'code'),
      address: pages.visitor(ctx).address,
      told: told(ctx),
    });
    if (!confirmed.ok) return showFinish(ctx, confirmed.refusal);
    token.forget(ctx);
    pages.goTo(ctx, `${HERE}?done=added`);
  });

  router.post(`${HERE}/remove`, guard, signedIn, async (ctx) => {
    if (!isOurs(ctx)) return;
    const kind = parseContactKind(field(ctx, 'kind'));
    if (!kind) return pages.errorPage(ctx, refusal('bad_form', 'WEB-7C0'));
    const change = { account: accountOf(ctx), kind, told: told(ctx), ...confirmation(ctx) };
    const removed = await removeContact(deps, change);
    if (!removed.ok) return await answer(ctx, { form: kind, refused: removed.refusal });
    pages.goTo(ctx, `${HERE}?done=removed`);
  });

  /** False after the answer: the platform of the account keeps its addresses. */
  function isOurs(ctx: Context): boolean {
    if (accountOf(ctx).platform === LOCAL_PLATFORM) return true;
    pages.errorPage(ctx, refusal('platform_keeps_account', 'WEB-7C1'));
    return false;
  }

  function told(ctx: Context) {
    const t = pages.words(ctx);
    return { subject: t('message.contact.subject'), text: t('message.contact.text') };
  }

  async function answer(ctx: Context, refused: Refused): Promise<void> {
    const why = refused.refused;
    if (ERROR_PAGES[why.code].where === 'form') return await show(ctx, refused);
    const back = { href: HERE, label: pages.words(ctx)('security.back'), primary: true };
    pages.errorPage(ctx, why, {}, [back]);
  }

  async function show(ctx: Context, refused?: Refused): Promise<void> {
    const t = pages.words(ctx);
    const kinds = kindsOf(deps.messages);
    const done = DONE.find((each) => each === ctx.query.done);
    const form = async (name: string, purpose: string) =>
      await changeForm(pages, deps, {
        ctx,
        purpose,
        refused: refused?.form === name ? refused.refused : undefined,
      });
    const kept = await viewContacts(deps.messages, accountOf(ctx).id);
    const page = {
      title: t('contacts.title'),
      notice:
        done && !refused
          ? { tone: 'good' as const, title: t(`contacts.done.${done}`), lines: [] }
          : null,
      contacts: await Promise.all(
        kept.map(async (contact) => ({
          kind: contact.kind,
          word: t(`data.contact.${contact.kind}`),
          address: maskContact(contact),
          since: moment(t.language, contact.since),
          remove: await form(contact.kind, REMOVE_CONTACT[contact.kind]),
        })),
      ),
      add:
        kinds.length === 0
          ? null
          : { ...(await form('add', ADD_CONTACT)), label: t(`contact.${reachOf(kinds)}`) },
    };
    pages.show(ctx, 'contacts', page, { status: statusOf(refused?.refused), at: HERE });
  }

  function showFinish(ctx: Context, refused?: Refusal<ErrorPageCode>): void {
    const page = {
      title: pages.words(ctx)('contacts.finish.title'),
      digits: CODE_DIGITS,
      notice: refused ? pages.notice(ctx, refused) : null,
    };
    pages.show(ctx, 'contact-code', page, { status: statusOf(refused), at: `${HERE}/finish` });
  }
}

import type Router from '@koa/router';
import type { Context } from 'koa';
import { findFactors } from '../../accounts/factors.store.ts';
import { beginPasskeyProof } from '../../accounts/prove-passkey.ts';
import {
  type Confirmable,
  confirmAccount,
  confirmationPurpose,
  findConfirmable,
} from '../../evidence/submissions/confirm-account.ts';
import type { AccountId } from '../../kernel/ids.ts';
import { type Refusal, refuse } from '../../kernel/refusals.ts';
import { accountHint } from '../core/binding-words.ts';
import type { WebDeps } from '../core/deps.ts';
import { ERROR_PAGES, type ErrorPageCode } from '../core/error-pages.ts';
import { answerScript, field, formGuard } from '../core/forms.ts';
import type { Pages } from '../core/pages.ts';
import { accountGuard, accountOf } from '../core/session.ts';
import type { ConfirmAccountPage } from './account.model.ts';

const HERE = '/account/confirm';
const PURPOSE = /^confirm_account:acc_[\w-]{22}$/;
const LONGEST_CODE = 64;

/** A verified account says that another one is of the same owner (R44). */
export function confirmAccountPages(router: Router, pages: Pages, deps: WebDeps): void {
  const { factors } = deps;
  const confirming = { ...deps.evidence, factors };
  const signedIn = accountGuard(pages, deps.db);
  const guard = formGuard(pages);

  router.get(pages.returnTargets.add(HERE), signedIn, async (ctx) => await show(ctx));

  router.post(HERE, guard, signedIn, async (ctx) => {
    const code = codeOf(ctx);
    const found = await findConfirmable(confirming, { by: accountOf(ctx).id, code });
    if (!found.ok) return await show(ctx, { refused: found.refusal });
    await show(ctx, { found: found.value, code });
  });

  // passkeys.js asks for this. It gets options as JSON, or a notice to show.
  router.post(`${HERE}/proof`, guard, signedIn, async (ctx) => {
    const purpose = field(ctx, 'purpose');
    const begun = PURPOSE.test(purpose)
      ? await beginPasskeyProof(factors, { account: accountOf(ctx).id, purpose })
      : refuse('unknown_factor', 'WEB-5C0');
    answerScript(pages, ctx, begun);
  });

  router.post(`${HERE}/do`, guard, signedIn, async (ctx) => {
    const by = accountOf(ctx).id;
    const code = codeOf(ctx);
    const confirmed = await confirmAccount(confirming, {
      by,
      code,
      password: field(ctx, 'password'),
      proof: { code: field(ctx, 'code'), passkey: field(ctx, 'passkey') },
    });
    const t = pages.words(ctx);
    if (confirmed.ok) {
      return pages.say(ctx, {
        title: t('confirm_account.done'),
        text: t('confirm_account.done.body', { name: confirmed.value.displayName }),
        actions: [{ href: '/account/verification', label: t('verify.back'), primary: true }],
      });
    }
    const refused = confirmed.refusal;
    // The form comes again, if the code still leads to an account.
    const found = await findConfirmable(confirming, { by, code });
    await show(ctx, found.ok ? { refused, found: found.value, code } : { refused });
  });

  async function show(
    ctx: Context,
    {
      found,
      code = '',
      refused,
    }: {
      readonly found?: Confirmable;
      readonly code?: string;
      readonly refused?: Refusal<ErrorPageCode>;
    } = {},
  ): Promise<void> {
    const page = {
      title: pages.words(ctx)('confirm_account.title'),
      notice: refused ? pages.notice(ctx, refused) : null,
      found: found ? await formFor(ctx, found, code) : null,
    };
    pages.show(ctx, 'confirm-account', page, {
      status: refused ? ERROR_PAGES[refused.code].status : 200,
      at: HERE,
    });
  }

  async function formFor(
    ctx: Context,
    { account, needsPasskey }: Confirmable,
    code: string,
  ): Promise<ConfirmAccountPage['found']> {
    const kinds = (await findFactors(deps.db, accountOf(ctx).id)).map(({ kind }) => kind);
    const passkey = kinds.includes('passkey');
    return {
      name: account.displayName,
      hint: accountHint(pages.words(ctx), account),
      code,
      password: !needsPasskey,
      proof: {
        app: !needsPasskey && kinds.includes('totp'),
        passkey: passkey ? confirmationPurpose(account.id as AccountId) : null,
      },
      noPasskey: needsPasskey && !passkey,
    };
  }
}

function codeOf(ctx: Context): string {
  return field(ctx, 'confirmation').slice(0, LONGEST_CODE);
}

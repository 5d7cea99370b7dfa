import type { Context } from 'koa';
import type { SittingView } from '../binding/view-request.ts';
import { accountHint, otherRole, pairOf, sidesOf, termsOf } from './binding-words.ts';
import { forgetCode, recallCode } from './code-cookie.ts';
import type { Translator } from './i18n.ts';
import { outcome } from './outcome.ts';
import type { Pages } from './pages.ts';
import { provePage, type Seen } from './prove.views.ts';
import { qrSvg } from './qr.ts';
import { type Screen, screenOf } from './screen.ts';
import type { Notice } from './views.ts';

export interface How {
  readonly notice?: Notice | null;
  readonly status?: number;
  /** The person asked whether the other side has answered. */
  readonly waiting?: boolean;
  /** The person wants to sign in to another account than the one this sitting has. */
  readonly switching?: boolean;
  readonly login?: string;
}

/** The page that this sitting sees at this moment. */
export async function showSitting(pages: Pages, ctx: Context, seen: Seen, how: How = {}): Promise<void> {
  const { sitting, step } = seen;
  const now = screenNow(seen);
  const screen = how.switching && (now === 'approve' || now === 'consent') ? 'sign_in' : now;
  const options = { status: how.status ?? 200 };
  const t = pages.words(ctx);
  switch (screen) {
    case 'nothing':
      return pages.trouble(ctx, 'dead_link');
    case 'sign_in':
      return pages.show(ctx, 'sign-in', signIn(t, seen, how), options);
    case 'consent':
      return pages.show(ctx, 'consent', consent(t, seen, how), options);
    case 'wait':
      return await wait(pages, ctx, t, seen, how);
    case 'approve':
    case 'confirm': {
      const shown = screen === 'approve' ? asOther(seen) : seen;
      const slots = slotsBeside(seen);
      return pages.show(ctx, 'approve', approve(t, { ...shown, request: { ...shown.request, slots } }, how, screen), options);
    }
    case 'prove':
      forgetCode(pages, ctx, sitting.id);
      return step && pages.show(ctx, 'prove', provePage(t, { ...seen, step }, how.notice ?? null), options);
    case 'answered':
    case 'result':
      forgetCode(pages, ctx, sitting.id);
      return pages.show(ctx, 'message', outcome(t, sitting.side === 'other' ? asOther(seen) : seen, how.notice ?? null), options);
  }
}

function screenNow({ sitting, request, step }: Seen): Screen {
  const signedIn = sitting.account !== null && (request.state !== 'proving' || step !== undefined);
  return screenOf({ side: sitting.side, signedIn, fresh: sitting.fresh }, request.state, step?.means !== null);
}

export function isSigningIn(seen: Seen): boolean {
  return screenNow(seen) === 'sign_in';
}

function signIn(t: Translator, { sitting, request }: SittingView, how: How) {
  const role = sitting.side === 'starter' ? request.role : otherRole(request.role);
  const again = sitting.account !== null && !sitting.fresh && !how.switching;
  return {
    action: `/bind/s/${sitting.id}/login`,
    title: t(`signIn.title.${role}`),
    lede: sitting.side === 'starter' ? t('signIn.lede.starter', { app: request.app.name }) : t(`signIn.lede.${role}`),
    aside: again ? t('signIn.fresh') : t('signIn.aside'),
    login: how.login ?? (again ? (sitting.account?.login ?? '') : sitting.side === 'starter' ? (request.loginHint ?? '') : ''),
    notice: how.notice ?? null,
    cancel: null,
  };
}

function consent(t: Translator, { sitting, request }: SittingView, how: How) {
  const { slots } = request;
  const full = slots && slots.limit !== null && slots.used >= slots.limit;
  return {
    action: `/bind/s/${sitting.id}/decision`,
    title: t('consent.title.binding'),
    lede: t('consent.lede'),
    app: { name: request.app.name, uri: request.app.uri },
    account: named(t, sitting.account),
    lines: [],
    linesTitle: '',
    binding: {
      rules: null, // the request has its version already
      role: t(`consent.role.${request.role}`),
      terms: termsOf(t, { ...request, starterDevice: null }),
      full: full ? t('consent.slots.full', { used: slots.used, limit: slots.limit ?? 0 }) : null,
    },
    approve: t('consent.approve.binding'),
    notice: how.notice ?? null,
  };
}

/** Whoever sits on the other side is the other account: before it has answered, and when its answer came to nothing. */
function asOther({ sitting, request }: SittingView): SittingView {
  return { sitting, request: { ...request, other: request.other ?? sitting.account } };
}

/** What the primary has beside this binding: an answered request counts itself. */
function slotsBeside({ request: { slots, state } }: SittingView): SittingView['request']['slots'] {
  return slots && state === 'answered' ? { ...slots, used: slots.used - 1 } : slots;
}

function approve(t: Translator, { sitting, request }: SittingView, how: How, screen: 'approve' | 'confirm') {
  const { primary, sub } = sidesOf(request);
  const names = { primary: primary?.displayName ?? t('side.primary'), sub: sub?.displayName ?? t('side.sub') };
  const first = screen === 'approve';
  return {
    action: `/bind/s/${sitting.id}/decision`,
    title: first ? t('approve.title') : t('confirm.title'),
    lede: first ? t('approve.lede', names) : t('confirm.lede', { name: request.other?.displayName ?? '' }),
    pair: pairOf(t, request, sitting.account),
    terms: termsOf(t, request),
    account: sitting.account?.id ?? '',
    approve: first ? t('approve.approve') : t('confirm.approve'),
    care: first,
    switchTo: first ? `/bind/s/${sitting.id}?switch` : null,
    notice: how.notice ?? null,
  };
}

async function wait(pages: Pages, ctx: Context, t: Translator, { sitting, request }: SittingView, how: How): Promise<void> {
  const { issuer } = pages;
  const expiresIn = request.codeExpiresIn ?? 0;
  const shown = expiresIn > 0 ? await recallCode(pages, ctx, sitting.id) : undefined;
  const lost = expiresIn > 0 ? 'wait.lost' : 'wait.dead';
  pages.show(
    ctx,
    'wait',
    {
      title: t('wait.title'),
      sitting: sitting.id,
      app: request.app.name,
      code: shown
        ? {
            groups: shown.code.match(/\d{4}/g) ?? [],
            qr: qrSvg(`${issuer}/bind/q/${shown.link}`, t('wait.qr')),
            link: `/bind/q/${shown.link}`,
          }
        : null,
      lost: shown ? null : { tone: 'warn', title: t(`${lost}.title`), lines: [t(`${lost}.body`)] },
      expiresIn,
      valid: t('wait.valid', { minutes: Math.max(1, Math.ceil(expiresIn / 60)) }),
      bindUrl: `${new URL(issuer).host}/bind`,
      pair: pairOf(t, request, sitting.account),
      account: sitting.account?.id ?? '',
      continueTo: request.interactionUid ? `/interaction/${request.interactionUid}` : `/bind/s/${sitting.id}?asked`,
      notice: how.notice ?? (how.waiting ? { tone: 'warn', title: t('wait.not_yet'), lines: [] } : null),
    },
    { status: how.status ?? 200 },
  );
}

function named(t: Translator, account: SittingView['sitting']['account']) {
  return { id: account?.id ?? '', name: account?.displayName ?? '', hint: account ? accountHint(t, account) : '' };
}

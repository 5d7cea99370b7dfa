import type { Context } from 'koa';
import { groupsOf } from '../../binding/code.ts';
import type { ApprovalSessionView } from '../../binding/view-request.ts';
import { pathOf } from '../../kernel/issuer.ts';
import { refusal } from '../../kernel/refusals.ts';
import { accountHint, otherRole, pairOf, sidesOf, termsOf } from '../core/binding-words.ts';
import type { Translator } from '../core/i18n.ts';
import type { Notice } from '../core/page.model.ts';
import type { Pages } from '../core/pages.ts';
import { qrSvg } from '../core/qr.ts';
import { signInTargets, upstreamChoices } from '../core/upstream.ts';
import { forgetCode, recallCode } from './code-cookie.ts';
import { outcome } from './outcome.views.ts';
import { type ApprovalSessionWithStep, provePage } from './prove.views.ts';
import { type Screen, screenOf } from './screen.ts';

export interface ShowApprovalOptions {
  readonly notice?: Notice | null;
  readonly status?: number;
  /** The person asks whether the counterparty has answered. */
  readonly waiting?: boolean;
  /** The person wants to sign in to another account. */
  readonly switching?: boolean;
  readonly login?: string;
}

/** Shows the current page of an approval session. */
export async function showApprovalSession(
  pages: Pages,
  ctx: Context,
  seen: ApprovalSessionWithStep,
  how: ShowApprovalOptions = {},
): Promise<void> {
  const { approvalSession, step } = seen;
  const now = screenNow(seen);
  const screen = how.switching && (now === 'approve' || now === 'consent') ? 'sign_in' : now;
  const options = { status: how.status ?? 200 };
  const t = pages.words(ctx);
  switch (screen) {
    case 'nothing':
      return pages.errorPage(ctx, refusal('dead_link', 'WEB-2S3'));
    case 'sign_in':
      return pages.show(ctx, 'sign-in', signIn(pages, t, seen, how), {
        ...options,
        at: `/bind/s/${approvalSession.id}`,
        formTarget: signInTargets(pages),
      });
    case 'consent':
      return pages.show(ctx, 'consent', consent(t, seen, how), options);
    case 'wait':
      return await wait(pages, ctx, t, seen, how);
    case 'approve':
    case 'confirm': {
      const shown = screen === 'approve' ? asCounterparty(seen) : seen;
      const slots = slotsBeside(seen);
      return pages.show(
        ctx,
        'approve',
        approve(t, { ...shown, request: { ...shown.request, slots } }, how, screen),
        options,
      );
    }
    case 'prove':
      forgetCode(pages, ctx, approvalSession.id);
      return (
        step &&
        pages.show(ctx, 'prove', provePage(t, { ...seen, step }, how.notice ?? null), options)
      );
    case 'answered':
    case 'result':
      forgetCode(pages, ctx, approvalSession.id);
      return pages.show(
        ctx,
        'message',
        outcome(
          t,
          approvalSession.side === 'counterparty' ? asCounterparty(seen) : seen,
          how.notice ?? null,
        ),
        options,
      );
  }
}

function screenNow({ approvalSession, request, step }: ApprovalSessionWithStep): Screen {
  const signedIn =
    approvalSession.account !== null && (request.state !== 'proving' || step !== undefined);
  return screenOf(
    { side: approvalSession.side, signedIn, fresh: approvalSession.fresh },
    request.state,
    step?.means !== null,
  );
}

export function isSigningIn(seen: ApprovalSessionWithStep): boolean {
  return screenNow(seen) === 'sign_in';
}

function signIn(
  pages: Pages,
  t: Translator,
  { approvalSession, request }: ApprovalSessionView,
  how: ShowApprovalOptions,
) {
  const role = approvalSession.side === 'initiator' ? request.role : otherRole(request.role);
  const again = approvalSession.account !== null && !approvalSession.fresh && !how.switching;
  return {
    flow: `/bind/s/${approvalSession.id}`,
    action: `/bind/s/${approvalSession.id}/login`,
    title: t(`signIn.title.${role}`),
    lede:
      approvalSession.side === 'initiator'
        ? t('signIn.lede.initiator', { app: request.app.name })
        : t(`signIn.lede.${role}`),
    aside: again ? t('signIn.fresh') : t('signIn.aside'),
    login:
      how.login ??
      (again
        ? (approvalSession.account?.login ?? '')
        : approvalSession.side === 'initiator'
          ? (request.loginHint ?? '')
          : ''),
    notice: how.notice ?? null,
    cancel: null,
    upstream: upstreamChoices(t, pages, `/bind/s/${approvalSession.id}/upstream`),
  };
}

function consent(
  t: Translator,
  { approvalSession, request }: ApprovalSessionView,
  how: ShowApprovalOptions,
) {
  const { slots } = request;
  const full = slots && slots.limit !== null && slots.used >= slots.limit;
  return {
    action: `/bind/s/${approvalSession.id}/decision`,
    title: t('consent.title.binding'),
    lede: t('consent.lede'),
    app: { name: request.app.name, uri: request.app.uri },
    warning: request.app.unverified ? t('terms.unverified', { app: request.app.name }) : null,
    account: named(t, approvalSession.account),
    lines: [],
    linesTitle: '',
    binding: {
      rules: null, // the request has its version already
      role: t(`consent.role.${request.role}`),
      terms: termsOf(t, { ...request, initiatorDevice: null }),
      full: full ? t('consent.slots.full', { used: slots.used, limit: slots.limit ?? 0 }) : null,
    },
    approve: t('consent.approve.binding'),
    notice: how.notice ?? null,
  };
}

/**
 * On the counterparty's side the session's own account counts as the counterparty, also before it
 * has answered and after its answer failed.
 */
function asCounterparty({ approvalSession, request }: ApprovalSessionView): ApprovalSessionView {
  return {
    approvalSession,
    request: { ...request, counterparty: request.counterparty ?? approvalSession.account },
  };
}

/** The slots used beside this binding. An answered request counts itself. */
function slotsBeside({
  request: { slots, state },
}: ApprovalSessionView): ApprovalSessionView['request']['slots'] {
  return slots && state === 'answered' ? { ...slots, used: slots.used - 1 } : slots;
}

function approve(
  t: Translator,
  { approvalSession, request }: ApprovalSessionView,
  how: ShowApprovalOptions,
  screen: 'approve' | 'confirm',
) {
  const { primary, sub } = sidesOf(request);
  const names = {
    primary: primary?.displayName ?? t('side.primary'),
    sub: sub?.displayName ?? t('side.sub'),
  };
  const first = screen === 'approve';
  return {
    action: `/bind/s/${approvalSession.id}/decision`,
    title: first ? t('approve.title') : t('confirm.title'),
    lede: first
      ? t('approve.lede', names)
      : t('confirm.lede', { name: request.counterparty?.displayName ?? '' }),
    pair: pairOf(t, request, approvalSession.account),
    terms: termsOf(t, request),
    warning: request.app.unverified ? t('terms.unverified', { app: request.app.name }) : null,
    account: approvalSession.account?.id ?? '',
    approve: first ? t('approve.approve') : t('confirm.approve'),
    care: first,
    switchTo: first ? `/bind/s/${approvalSession.id}?switch` : null,
    notice: how.notice ?? null,
  };
}

async function wait(
  pages: Pages,
  ctx: Context,
  t: Translator,
  { approvalSession, request }: ApprovalSessionView,
  how: ShowApprovalOptions,
): Promise<void> {
  const { issuer } = pages;
  const expiresIn = request.codeExpiresIn ?? 0;
  const shown = expiresIn > 0 ? await recallCode(pages, ctx, approvalSession.id) : undefined;
  const lost = expiresIn > 0 ? 'wait.lost' : 'wait.dead';
  pages.show(
    ctx,
    'wait',
    {
      title: t('wait.title'),
      approvalSession: approvalSession.id,
      app: request.app.name,
      code: shown
        ? {
            groups: groupsOf(shown.code),
            qr: qrSvg(`${issuer}/bind/q/${shown.link}`, t('wait.qr')),
            link: `/bind/q/${shown.link}`,
          }
        : null,
      lost: shown ? null : { tone: 'warn', title: t(`${lost}.title`), lines: [t(`${lost}.body`)] },
      expiresIn,
      valid: t('wait.valid', { minutes: Math.max(1, Math.ceil(expiresIn / 60)) }),
      bindUrl: `${new URL(issuer).host}${pathOf(issuer)}/bind`,
      pair: pairOf(t, request, approvalSession.account),
      account: approvalSession.account?.id ?? '',
      continueTo: request.interactionUid
        ? `/interaction/${request.interactionUid}`
        : `/bind/s/${approvalSession.id}?asked`,
      notice:
        how.notice ?? (how.waiting ? { tone: 'warn', title: t('wait.not_yet'), lines: [] } : null),
    },
    { status: how.status ?? 200 },
  );
}

function named(t: Translator, account: ApprovalSessionView['approvalSession']['account']) {
  return {
    id: account?.id ?? '',
    name: account?.displayName ?? '',
    hint: account ? accountHint(t, account) : '',
  };
}

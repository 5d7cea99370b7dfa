import type Router from '@koa/router';
import { bindingsOf } from '../../binding/list-bindings.ts';
import { findEvidenceOf } from '../../evidence/pieces/evidence.store.ts';
import {
  findNotices,
  markNoticesRead,
  type NoticeKind,
  type ToldNotice,
} from '../../evidence/pieces/notices.store.ts';
import type { WebDeps } from '../core/deps.ts';
import { isCopyKey, moment, type Translator } from '../core/i18n.ts';
import type { Action } from '../core/page.model.ts';
import type { Pages } from '../core/pages.ts';
import { accountGuard, accountOf } from '../core/session.ts';
import type { NoticesPage } from './account.model.ts';

// biome-ignore format: a table is read by its columns
const TONE = {
  'evidence.accepted':   'good',
  'evidence.rejected':   'bad',
  'evidence.expired':    'warn',
  'evidence.withdrawn':  'warn',
  'account.confirmed':   'good',
  'account.lapsed':      'warn',
  'affiliation.verified':   'good',
  'affiliation.impossible': 'bad',
  'binding.imported':    'warn',
  'binding.kept':        'good',
  'binding.suspended':   'warn',
  'binding.resumed':     'good',
  'binding.ended':       'bad',
  'binding.moved':       'warn',
  'correction.accepted': 'good',
  'correction.rejected': 'bad',
  'appeal.upheld':       'good',
  'appeal.dismissed':    'bad',
  'factor.enrolled':     'warn',
  'factor.removed':      'warn',
  'factor.reset':        'warn',
  'password.changed':    'warn',
  'password.reset':      'warn',
  'contact.added':       'warn',
  'contact.removed':     'warn',
} as const satisfies Record<NoticeKind, 'good' | 'warn' | 'bad'>;

/**
 * Changes of evidence, bindings and appeals, with reasons (R5). Notices that were shown count as
 * read.
 */
export function noticesPages(router: Router, pages: Pages, deps: WebDeps): void {
  router.get(
    pages.returnTargets.add('/account/notices'),
    accountGuard(pages, deps.db),
    async (ctx) => {
      const { id } = accountOf(ctx);
      const t = pages.words(ctx);
      const notices = await findNotices(deps.db, id);
      const types = new Map<string, string>();
      for (const piece of await findEvidenceOf(deps.db, id))
        types.set(piece.id, t(`evidence.${piece.type}.name`));
      for (const { id: binding, counterpart } of await bindingsOf(deps, { accountId: id })) {
        types.set(binding, t('notice.what.name', { name: counterpart.displayName }));
      }
      pages.show(ctx, 'notices', {
        title: t('notices.title'),
        notices: notices.map((notice) => rowOf(t, notice, types)),
      });
      const [newest] = notices;
      if (newest && ctx.method === 'GET') await markNoticesRead(deps.db, id, newest.seq);
    },
  );
}

function rowOf(
  t: Translator,
  notice: ToldNotice,
  names: ReadonlyMap<string, string>,
): NoticesPage['notices'][number] {
  const { what, reason, evidenceId, bindingId, at, readAt } = notice;
  const evidence = names.get(evidenceId ?? '') ?? t('notice.what.evidence');
  const binding = names.get(bindingId ?? '') ?? t('notice.what.binding');
  return {
    title: t(`notice.${what}`, { what: bindingId ? binding : evidence }),
    reason: reasonOf(t, reason),
    at: moment(t.language, at),
    unread: readAt === null,
    tone: TONE[what],
    link: linkOf(t, notice),
  };
}

/** The reason in words; null where there is no copy, because it is meant for operators. */
function reasonOf(t: Translator, reason: string | null): string | null {
  const key = [`noticeReason.${reason}`, `verify.reason.${reason}`].find(isCopyKey);
  return key === undefined ? null : t(key);
}

function linkOf(t: Translator, { what, requestId, bindingId }: ToldNotice): Action {
  if (/^(factor|password|contact)\./.test(what))
    return { href: '/account/security', label: t('notice.go.security') };
  if (requestId) return { href: `/account/refusals/${requestId}`, label: t('notice.go.refusal') };
  if (what.startsWith('correction.'))
    return { href: '/account/data#corrections', label: t('notice.go.correction') };
  if (bindingId) return { href: '/account/bindings', label: t('notice.go.binding') };
  return { href: '/account/verification', label: t('notice.go.evidence') };
}

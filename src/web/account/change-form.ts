import type { Context } from 'koa';
import { findFactors } from '../../accounts/factors.store.ts';
import { hasNoPassword } from '../../accounts/own-account.store.ts';
import type { Refusal } from '../../kernel/refusals.ts';
import type { WebDeps } from '../core/deps.ts';
import type { ErrorPageCode } from '../core/error-pages.ts';
import type { Values } from '../core/i18n.ts';
import type { Pages } from '../core/pages.ts';
import { accountOf } from '../core/session.ts';
import type { ChangeForm } from './account.model.ts';

/** What a form asks for before it changes something for this purpose. */
export async function changeForm(
  pages: Pages,
  deps: WebDeps,
  {
    ctx,
    purpose,
    refused,
    values = {},
  }: {
    readonly ctx: Context;
    readonly purpose: string;
    readonly refused?: Refusal<ErrorPageCode> | undefined;
    readonly values?: Values;
  },
): Promise<ChangeForm> {
  const { id } = accountOf(ctx);
  const factors = await findFactors(deps.db, id);
  const password = !(await hasNoPassword(deps.db, id));
  return {
    password,
    proof: {
      app: password && factors.some(({ kind }) => kind === 'totp'),
      passkey: factors.some(({ kind }) => kind === 'passkey') ? purpose : null,
    },
    notice: refused ? pages.notice(ctx, refused, values) : null,
  };
}

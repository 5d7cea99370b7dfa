import type { AccountSummary } from '../../accounts/account.ts';
import { accountHint } from './binding-words.ts';
import type { Translator } from './i18n.ts';
import type { StartPage } from './page.model.ts';

interface Start {
  readonly account: AccountSummary;
  readonly app: { readonly name: string; readonly uri: string | null };
  readonly ticket: string;
  /** Where the person agrees to go on. */
  readonly action: string;
}

/** The page for a person whom an app hands over, before they go on (R48). */
export function startView(t: Translator, { account, app, ticket, action }: Start): StartPage {
  return {
    title: t('start.title', { name: account.displayName }),
    lede: t('start.lede', { app: app.name }),
    account: { name: account.displayName, hint: accountHint(t, account) },
    action,
    ticket,
    back: app.uri ? { href: app.uri, label: t('page.back_to_app', { app: app.name }) } : null,
  };
}

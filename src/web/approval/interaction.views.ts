import { type Account, summaryOf } from '../../accounts/account.ts';
import { type BindingDetails, parseBindingDetails } from '../../binding/authorization-details.ts';
import { countSlots } from '../../binding/bindings.store.ts';
import { currentPack } from '../../binding/request-pack.ts';
import { type AppCard, type Interaction, missingOf } from '../../oidc/interactions.ts';
import { inheritedPermissions } from '../../permissions/permissions.ts';
import type { Pack } from '../../policy/pack.ts';
import { flowsOf } from '../../policy/sync-rules.ts';
import { accountHint, termsOf } from '../core/binding-words.ts';
import type { WebDeps } from '../core/deps.ts';
import { type Translator, wordFor } from '../core/i18n.ts';
import type { Notice } from '../core/page.model.ts';
import type { ConsentView } from './approval.model.ts';

interface Parties {
  readonly account: Account;
  readonly app: {
    readonly name: string;
    readonly uri: string | null;
    readonly unverified: boolean;
  };
  readonly details: BindingDetails | undefined;
  readonly notice: Notice | null;
}

/** The page of an ordinary consent, of a binding, or of both at once. */
export async function consentView(
  deps: WebDeps,
  t: Translator,
  interaction: Interaction,
  parties: Parties,
): Promise<ConsentView> {
  const { account, app, details } = parties;
  return {
    action: `/interaction/${interaction.uid}/consent`,
    title: details ? t('consent.title.binding') : t('consent.title', { app: app.name }),
    lede: t('consent.lede'),
    app,
    warning: app.unverified ? t('terms.unverified', { app: app.name }) : null,
    account: {
      id: account.id,
      name: account.displayName,
      hint: accountHint(t, summaryOf(account)),
    },
    lines: asked(t, interaction),
    linesTitle: t('consent.will_see', { app: app.name }),
    binding: details ? await binding(deps, t, parties, details) : null,
    approve: details ? t('consent.approve.binding') : t('consent.approve'),
    notice: parties.notice,
  };
}

/** The requested binding; undefined for ordinary sign-in. It was checked when it was pushed. */
export function bindingDetailsOf(
  { packs, config }: Pick<WebDeps, 'packs' | 'config'>,
  { params }: Interaction,
): BindingDetails | undefined | 'invalid' {
  if (typeof params.authorization_details !== 'string') return undefined;
  const [first] = JSON.parse(params.authorization_details) as unknown[];
  const parsed = parseBindingDetails(first, packs.current, config.defaultPack);
  return parsed.ok ? parsed.value : 'invalid';
}

function asked(t: Translator, interaction: Interaction): string[] {
  const {
    missingOIDCScope = [],
    missingOIDCClaims = [],
    missingResourceScopes = {},
  } = missingOf(interaction);
  const scopes = new Set([...missingOIDCScope, ...Object.values(missingResourceScopes).flat()]);
  const lines = [
    ...[...scopes].map((name) => wordFor(t, 'scope', name)),
    ...missingOIDCClaims.map((name) => wordFor(t, 'claim', name)),
  ];
  return lines.length > 0 || interaction.params.authorization_details
    ? lines
    : [t('consent.already')];
}

/** The form sends this back: nobody agrees to other rules than the page showed. */
export function rulesOf({ id, version }: Pick<Pack, 'id' | 'version'>): string {
  return `${id} ${version}`;
}

async function binding(
  deps: WebDeps,
  t: Translator,
  { account, app }: Parties,
  details: BindingDetails,
): Promise<ConsentView['binding']> {
  const pack = currentPack(deps, details.pack);
  // Slots are shown only where the initiator is the primary; otherwise it is not known yet.
  const slots =
    details.role === 'primary'
      ? { used: await countSlots(deps.db, account.id, pack.id), limit: pack.limits[account.kind] }
      : null;
  const full = slots !== null && slots.limit !== null && slots.used >= slots.limit;
  return {
    rules: rulesOf(pack),
    role: t(`consent.role.${details.role}`),
    terms: termsOf(t, {
      privileges: details.privileges,
      flows: flowsOf(pack, details.datatypes),
      actions: inheritedPermissions(pack),
      app,
      pack,
      slots,
      initiatorDevice: null,
      startedHere: true,
    }),
    full: full ? t('consent.slots.full', { used: slots.used, limit: slots.limit ?? 0 }) : null,
  };
}

/** The sign-in that an app's request asks for; `typed` is a login that was refused. */
export function interactionSignIn(
  t: Translator,
  { params, session }: Interaction,
  {
    path,
    app,
    typed,
  }: { readonly path: string; readonly app: AppCard; readonly typed: string | undefined },
) {
  const binding = params.authorization_details !== undefined;
  const hint = typeof params.login_hint === 'string' ? params.login_hint : '';
  return {
    flow: path,
    action: `${path}/login`,
    title: t('signIn.title'),
    lede: t(binding ? 'signIn.lede.initiator' : 'signIn.lede.app', { app: app.name }),
    aside: session && binding ? t('signIn.fresh') : null,
    login: typed ?? hint,
    cancel: { action: `${path}/cancel`, label: t('action.back_to', { app: app.name }) },
  };
}

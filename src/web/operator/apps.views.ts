import { APP_AUTHENTICATION, APP_GRANTS, type AskedApp } from '../../oidc/app.ts';
import type { Registration } from '../../oidc/clients.store.ts';
import type { AppDeps } from '../../oidc/manage-apps.ts';
import { dayAndHour } from '../core/hour.ts';
import { moment, type Translator } from '../core/i18n.ts';
import type { Mark, Notice } from '../core/page.model.ts';
import type { AppForm, AppPage, AppsPage } from './operator.model.ts';

type Rules = AppDeps['appRules'];

/** The fields of the form, as they were typed. Checkboxes are `grant:…`, `scope:…` and `pack:…`. */
export type TypedApp = (name: string) => string;

export function appsPage(
  t: Translator,
  shown: Pick<AppsPage, 'notice' | 'next' | 'mayChange' | 'id' | 'form'> & {
    readonly apps: readonly Registration[];
  },
): AppsPage {
  const { apps, ...rest } = shown;
  return {
    ...rest,
    title: t('apps.title'),
    apps: apps.map((one) => ({
      href: `/operator/apps/${encodeURIComponent(one.clientId)}`,
      name: one.metadata.client_name ?? one.clientId,
      id: one.clientId,
      mark: markOf(t, one),
    })),
  };
}

export function appPage(
  t: Translator,
  one: Registration,
  shown: Pick<AppPage, 'notice' | 'secret' | 'mayChange' | 'form'>,
): AppPage {
  const { previousSecretUntil: until } = one;
  return {
    ...shown,
    title: one.metadata.client_name ?? one.clientId,
    id: one.clientId,
    at: `/operator/apps/${encodeURIComponent(one.clientId)}`,
    mark: markOf(t, one),
    facts: [
      { label: t('apps.id'), value: one.clientId },
      { label: t('apps.created'), value: moment(t.language, one.createdAt) },
      { label: t('apps.registered'), value: t(`apps.registered.${one.registeredBy}`) },
      ...(one.verifiedAt
        ? [{ label: t('apps.verified'), value: moment(t.language, one.verifiedAt) }]
        : []),
      ...(until
        ? [
            {
              label: t('apps.secret.before'),
              value: t('apps.secret.until', { until: dayAndHour(t.language, until) }),
            },
          ]
        : []),
    ],
    rotates: one.hasSecret ? (until ? 'now' : 'overlap') : null,
    on: one.disabledAt === null,
    toVerify: one.registeredBy === 'self' && one.verifiedAt === null,
  };
}

function markOf(t: Translator, one: Registration): { readonly mark: Mark; readonly word: string } {
  if (one.disabledAt) return { mark: 'bad', word: t('apps.off') };
  if (one.registeredBy === 'self' && !one.verifiedAt)
    return { mark: 'act', word: t('apps.unverified') };
  return { mark: 'done', word: t('apps.on') };
}

/** The form for a new app, or for one that is there. */
export function formOf(t: Translator, rules: Rules, asked: AskedApp): AppForm {
  const lines = (values: readonly string[]) => values.join('\n');
  return {
    name: asked.name,
    uri: asked.uri ?? '',
    logoUri: asked.logoUri ?? '',
    native: asked.native,
    redirectUris: lines(asked.redirectUris),
    postLogoutRedirectUris: lines(asked.postLogoutRedirectUris),
    sectorUri: asked.sectorUri ?? '',
    authentication: APP_AUTHENTICATION.map((value) => ({
      value,
      label: t(`apps.authentication.${value}`),
      on: asked.authentication === value,
    })),
    jwks: asked.jwks ? JSON.stringify(asked.jwks, null, 1) : '',
    jwksUri: asked.jwksUri ?? '',
    grants: names(APP_GRANTS).map((value) => ({
      value,
      label: t(`apps.grant.${value}`),
      on: asked.grants.includes(value),
    })),
    scopes: rules.scopes.map((value) => ({
      value,
      label: value,
      on: asked.scopes.includes(value),
    })),
    packs: rules.packs.map((value) => ({
      value,
      label: value,
      on: asked.packs?.includes(value) ?? false,
    })),
    resources: lines(asked.resources),
    backChannel: asked.backChannel,
    platform: asked.platform ?? '',
    ownerReferences: asked.ownerReferences,
    handOver: lines(asked.handOver),
    subjects: (['pairwise', 'public'] as const).map((value) => ({
      value,
      label: t(`apps.subjects.${value}`),
      on: asked.subjects === value,
    })),
    dpop: asked.dpop,
  };
}

/** The members of the app that the form says. What is wrong with them, the use case tells. */
export function typedApp(rules: Rules, typed: TypedApp): Readonly<Record<string, unknown>> {
  const lines = (name: string) =>
    typed(name)
      .split(/\s+/)
      .filter((line) => line !== '');
  const text = (name: string) => (typed(name).trim() === '' ? null : typed(name).trim());
  const ticked = (kind: string, all: readonly string[]) =>
    all.filter((name) => typed(`${kind}:${name}`) !== '');
  const packs = ticked('pack', rules.packs);
  return {
    name: typed('name'),
    uri: text('uri'),
    logoUri: text('logoUri'),
    native: typed('native') !== '',
    redirectUris: lines('redirectUris'),
    postLogoutRedirectUris: lines('postLogoutRedirectUris'),
    sectorUri: text('sectorUri'),
    authentication: typed('authentication'),
    jwks: parsedKeys(typed('jwks')),
    jwksUri: text('jwksUri'),
    grants: ticked('grant', names(APP_GRANTS)),
    scopes: ticked('scope', rules.scopes),
    packs: packs.length > 0 ? packs : null,
    resources: lines('resources'),
    backChannel: typed('backChannel') !== '',
    platform: text('platform'),
    ownerReferences: typed('ownerReferences') !== '',
    handOver: lines('handOver'),
    subjects: typed('subjects'),
    dpop: typed('dpop') !== '',
  };
}

/** What is wrong with an app, above its form. */
export function invalidNotice(
  t: Translator,
  detail: Readonly<Record<string, unknown>> | undefined,
): Notice {
  return {
    tone: 'bad',
    title: t('apps.invalid'),
    lines: [`${String(detail?.field ?? '')}: ${String(detail?.problem ?? '')}`],
  };
}

/** Undefined where it is no JSON: the use case refuses that. */
function parsedKeys(typed: string): unknown {
  if (typed.trim() === '') return null;
  try {
    return JSON.parse(typed) as unknown;
  } catch {
    return 'no JSON';
  }
}

function names<T extends object>(table: T): (keyof T & string)[] {
  return Object.keys(table) as (keyof T & string)[];
}

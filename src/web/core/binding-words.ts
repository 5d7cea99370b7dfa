import type { AccountSummary } from '../../accounts/account.ts';
import type { Role } from '../../binding/binding-request.ts';
import type { RequestView } from '../../binding/view-request.ts';
import type { Pack } from '../../policy/pack.ts';
import type { NamedFlow } from '../../policy/sync-rules.ts';
import { spanOf } from './hour.ts';
import { type Translator, textIn, wordFor } from './i18n.ts';
import type { Leaf, Terms } from './page.model.ts';

/** The two accounts of a request, primary first. */
export function pairOf(
  t: Translator,
  request: Pick<RequestView, 'role' | 'initiator' | 'counterparty'>,
  viewer: AccountSummary | null,
): [Leaf, Leaf] {
  const { primary, sub } = sidesOf(request);
  return [leafOf(t, 'primary', primary, viewer), leafOf(t, 'sub', sub, viewer)];
}

export function sidesOf(
  request: Pick<RequestView, 'role' | 'initiator' | 'counterparty'>,
): Record<Role, AccountSummary | null> {
  return request.role === 'primary'
    ? { primary: request.initiator, sub: request.counterparty }
    : { primary: request.counterparty, sub: request.initiator };
}

/** A pack's title, or that of a grade, in the language of the page. */
export function packWord(t: Translator, title: Pack['title'] | undefined): string {
  return title ? textIn(t.language, title) : '';
}

/** The role of the counterparty, from that of the initiator. */
export function otherRole(role: Role): Role {
  return role === 'primary' ? 'sub' : 'primary';
}

function leafOf(
  t: Translator,
  side: Role,
  account: AccountSummary | null,
  viewer: AccountSummary | null = null,
): Leaf {
  return {
    side,
    sideWord: t(`side.${side}`),
    name: account?.displayName ?? null,
    hint: account ? accountHint(t, account) : t('side.unknown.hint'),
    you: account !== null && account.id === viewer?.id,
  };
}

export function accountHint(t: Translator, account: AccountSummary): string {
  return `@${account.login} · ${t(`kind.${account.kind}`)}`;
}

/** Networks of the server itself. They occur in development only, and get a name of their own. */
const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.0/24', '::/48']);

interface Asked {
  readonly app: { readonly name: string };
  readonly pack: { readonly title: { readonly zh: string; readonly en: string } };
  readonly actions: readonly string[];
  readonly privileges: readonly string[];
  readonly flows: readonly NamedFlow[];
  readonly slots: { readonly used: number; readonly limit: number | null } | null;
  readonly initiatorDevice: { readonly label: string; readonly network: string } | null;
  readonly startedHere: boolean;
}

export function termsOf(t: Translator, asked: Asked): Terms {
  const known = (value: string) => (value === '?' ? t('terms.unknown') : value);
  const device = asked.initiatorDevice;
  return {
    facts: [
      { label: t('terms.app'), value: asked.app.name },
      ...(device
        ? [
            {
              label: t('terms.device'),
              value: known(device.label),
              ...(asked.startedHere ? { extra: t('terms.same_device') } : {}),
            },
            {
              label: t('terms.network'),
              value: known(device.network),
              ...(LOOPBACK.has(device.network) ? { extra: t('terms.local') } : {}),
            },
          ]
        : []),
      { label: t('terms.pack'), value: packWord(t, asked.pack.title) },
    ],
    actions: asked.actions.map((name) => wordFor(t, 'permission', name)),
    privileges: asked.privileges.map((name) => wordFor(t, 'permission', name)),
    datatypes: asked.flows.map((flow) => flowWords(t, flow)),
    slots: asked.slots && slotsOf(t, asked.slots),
  };
}

/** One kind of data: what flows, in which direction, when, and who may write it (R11–R13). */
function flowWords(
  t: Translator,
  { name, direction, delaySeconds, access, reviewedOnly }: NamedFlow,
): string {
  const delay =
    delaySeconds === 0
      ? t('flow.delay.none')
      : t('flow.delay.after', { span: spanOf(t.language, delaySeconds) });
  const how = [
    t(`flow.direction.${direction}`),
    ...(reviewedOnly ? [t('flow.reviewed')] : []),
    // Data that wait for a review are not in real time.
    ...(reviewedOnly && delaySeconds === 0 ? [] : [delay]),
    t(`flow.access.${access}`),
  ];
  return t('flow.line', { what: t(`datatype.${name}`), how: how.join(t('flow.and')) });
}

function slotsOf(
  t: Translator,
  { used, limit }: { readonly used: number; readonly limit: number | null },
): Terms['slots'] {
  if (limit === null)
    return { used, limit, text: t('terms.slots.unlimited', { used }), next: null };
  const next = used < limit ? t('terms.slots.next', { next: used + 1, limit }) : null;
  return { used, limit, text: t('terms.slots.value', { used, limit }), next };
}

import { LOCAL_PLATFORM } from '../../accounts/account.ts';
import type { People } from '../../accounts/find-people.ts';
import { parseRole, ROLES } from '../../accounts/role.ts';
import type { RoleHolder } from '../../accounts/roles.store.ts';
import type { AccountId } from '../../kernel/ids.ts';
import { dayAndHour } from '../core/hour.ts';
import type { Translator } from '../core/i18n.ts';
import type { Notice } from '../core/page.model.ts';
import type { PeoplePage } from './operator.model.ts';

type Row = PeoplePage['holders'][number];

/** The page of people and roles, as `me` sees it. */
export function peoplePage(
  t: Translator,
  { holders, asked, found, mayChange }: People,
  shown: Pick<PeoplePage, 'search'> & { readonly me: AccountId; readonly notice: Notice | null },
): PeoplePage {
  const { me, search, notice } = shown;
  return {
    title: t('people.title'),
    notice,
    readOnly: !mayChange,
    asked: asked.map((one) => {
      const name = one.askedByName ?? t('people.system');
      const until = dayAndHour(t.language, one.expiresAt);
      const drop = { step: 'withdraw', role: 'operator', label: t('people.drop') } as const;
      const confirm = { step: 'confirm', role: 'operator', label: t('people.confirm') } as const;
      return {
        ...rowOf(t, one, me),
        about: `${aboutOf(t, one)} · ${t('people.asked.by', { name, until })}`,
        steps: mayChange ? (one.askedBy === me ? [drop] : [confirm, drop]) : [],
      };
    }),
    holders: holders.map((one) => ({
      ...rowOf(t, one, me),
      steps: mayChange ? withdrawals(t, one) : [],
    })),
    search,
    found: found
      ? { ...rowOf(t, found, me), steps: mayChange && found.id !== me ? grants(t, found) : [] }
      : null,
    notFound: search.login === '' || found ? null : t('people.not_found', { login: search.login }),
  };
}

function rowOf(t: Translator, one: RoleHolder, me: AccountId): Omit<Row, 'steps'> {
  return {
    id: one.id,
    name: one.id === me ? `${one.displayName} ${t('people.you')}` : one.displayName,
    about: aboutOf(t, one),
    roles: one.roles.map((role) => roleWord(t, role)),
  };
}

function aboutOf(t: Translator, { login, platform, status }: RoleHolder): string {
  return [
    login,
    ...(platform === LOCAL_PLATFORM ? [] : [platform]),
    ...(status === 'normal' ? [] : [t(`people.status.${status}`)]),
  ].join(' · ');
}

function roleWord(t: Translator, role: string): string {
  const known = parseRole(role);
  return known ? t(`people.role.${known}`) : role;
}

function withdrawals(t: Translator, { roles }: RoleHolder): Row['steps'] {
  return roles.map((role) => ({
    step: 'withdraw',
    role,
    label: t('people.withdraw', { role: roleWord(t, role) }),
  }));
}

function grants(t: Translator, { roles }: RoleHolder): Row['steps'] {
  return ROLES.filter((role) => !roles.includes(role)).map((role) => ({
    step: 'grant',
    role,
    label: t('people.grant', { role: roleWord(t, role) }),
  }));
}

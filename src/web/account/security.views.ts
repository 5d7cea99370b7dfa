import { ENROL_PASSKEY } from '../../accounts/enrol-passkey.ts';
import type { AppSheet } from '../../accounts/enrol-totp.ts';
import { ENROL_TOTP } from '../../accounts/enrol-totp.ts';
import type { Factor } from '../../accounts/factor.ts';
import { removal } from '../../accounts/remove-factor.ts';
import { moment, type Translator } from '../core/i18n.ts';
import type { Notice } from '../core/page.model.ts';
import { qrSvg } from '../core/qr.ts';
import type { ChangeForm, SecurityAppPage, SecurityPage } from './account.model.ts';

/** The form that a notice belongs to: `passkey`, `app`, or the id of the factor to remove. */
export interface Refused {
  readonly form: string;
  readonly notice: Notice;
}

interface Shown {
  readonly factors: readonly Factor[];
  /** The name of this device, suggested for a new passkey. */
  readonly device: string;
  /** Whether Bindery keeps the account: then its password is changed, and it is closed, here. */
  readonly ours: boolean;
  /** Whether it has a password here. */
  readonly password: boolean;
  readonly done: Notice | null;
  readonly refused: Refused | null;
}

export function securityPage(
  t: Translator,
  { factors, password, device, ours, done, refused }: Shown,
): SecurityPage {
  const app = factors.some(({ kind }) => kind === 'totp');
  const passkey = factors.some(({ kind }) => kind === 'passkey');
  const form = (name: string, purpose: string): ChangeForm => ({
    password,
    proof: { app: password && app, passkey: passkey ? purpose : null },
    notice: refused?.form === name ? refused.notice : null,
  });
  const tone = factors.length > 0 ? 'good' : 'act';
  return {
    title: t('security.title'),
    links: ours
      ? [
          { href: '/account/security/contacts', label: t('contacts.title') },
          {
            href: '/account/password',
            label: t(password ? 'password.title' : 'password.first.title'),
          },
          { href: '/account/close', label: t('close.title') },
        ]
      : [],
    notice: done,
    status: {
      tone,
      title: t(`security.standing.${tone}`, { count: factors.length }),
      text: t(`security.standing.${tone}.body`),
    },
    factors: factors.map((factor) => ({
      id: factor.id,
      name: factor.name,
      kind: t(`security.kind.${factor.kind}`),
      facts: [
        { label: t('security.enrolled'), value: moment(t.language, factor.enrolledAt) },
        {
          label: t('security.used'),
          value: factor.lastUsedAt
            ? moment(t.language, factor.lastUsedAt)
            : t('security.used.never'),
        },
      ],
      remove: form(factor.id, removal(factor.id)),
    })),
    addPasskey: { ...form('passkey', ENROL_PASSKEY), suggested: device },
    addApp: app ? null : form('app', ENROL_TOTP),
  };
}

export function securityAppPage(
  t: Translator,
  { token, uri, secret }: AppSheet,
  notice: Notice | null,
): SecurityAppPage {
  return {
    title: t('security.app.title'),
    token,
    uri,
    qr: qrSvg(uri, t('security.app.qr')),
    groups: secret.match(/.{1,4}/g) ?? [],
    suggested: t('security.kind.totp'),
    notice,
  };
}

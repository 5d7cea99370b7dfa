import type { Track } from '../../evidence/consents/track.ts';
import type { Translator } from '../core/i18n.ts';
import type { Notice } from '../core/page.model.ts';
import type { DeclarePage, Field } from './verification.model.ts';

export interface Typed {
  readonly name: string;
  readonly legalRepresentative: string;
}

const HERE = '/account/verification/declare';

const NOTHING: Typed = { name: '', legalRepresentative: '' };

/** The form of a declaration. Typed names are shown again; numbers never are. */
export function declarePage(
  t: Translator,
  {
    track,
    again,
    typed = NOTHING,
    notice,
  }: {
    readonly track: Track;
    readonly again: boolean;
    readonly typed?: Typed;
    readonly notice?: Notice;
  },
): DeclarePage {
  const name = { maxlength: 120, inputmode: 'text', required: true, hint: null } as const;
  const number = {
    inputmode: 'text',
    required: true,
    value: '',
    autocomplete: 'off',
    maxlength: 64,
  } as const;
  const personal = track === 'personal' || track === 'practitioner';
  const fields: Field[] = [
    {
      ...name,
      name: 'name',
      label: t(`declare.name.${track}`),
      value: typed.name,
      autocomplete: personal ? 'name' : 'organization',
    },
    {
      ...number,
      name: 'number',
      label: t(`declare.number.${track}`),
      hint: t(`declare.number.hint.${track}`),
    },
  ];
  if (!personal) {
    const required = track === 'special_industry';
    const asked = {
      label: t('declare.legal_representative'),
      hint: required ? null : t('declare.optional'),
      required,
    };
    fields.push({
      ...name,
      ...asked,
      name: 'legal_representative',
      value: typed.legalRepresentative,
      autocomplete: 'off',
    });
  }
  if (track === 'enterprise') {
    const label = t('declare.bank_account');
    fields.push({
      ...number,
      name: 'bank_account',
      label,
      hint: t('declare.bank_account.hint'),
      inputmode: 'numeric',
    });
  }
  return {
    title: t(`declare.title.${track}`),
    lede: t(`declare.lede.${track}`),
    fields,
    as: personal ? 'person' : 'organisation',
    other: otherOf(t, track),
    again,
    notice: notice ?? null,
  };
}

/** In a special industry, an individual or an organisation may be behind the account (R4). */
function otherOf(t: Translator, track: Track): DeclarePage['other'] {
  if (track === 'special_industry')
    return { href: `${HERE}?as=person`, label: t('declare.as.person') };
  return track === 'practitioner'
    ? { href: `${HERE}?as=organisation`, label: t('declare.as.organisation') }
    : null;
}

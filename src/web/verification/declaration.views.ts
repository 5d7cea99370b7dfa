import type { Kind } from '../../accounts/account.ts';
import type { Translator } from '../core/i18n.ts';
import type { Notice } from '../core/page.model.ts';
import type { DeclarePage, Field } from './verification.model.ts';

export interface Typed {
  readonly name: string;
  readonly legalRepresentative: string;
}

const NOTHING: Typed = { name: '', legalRepresentative: '' };

/** The form of a declaration. Typed names are shown again; numbers never are. */
export function declarePage(
  t: Translator,
  {
    kind,
    again,
    typed = NOTHING,
    notice,
  }: {
    readonly kind: Kind;
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
  const personal = kind === 'personal';
  const fields: Field[] = [
    {
      ...name,
      name: 'name',
      label: t(`declare.name.${kind}`),
      value: typed.name,
      autocomplete: personal ? 'name' : 'organization',
    },
    {
      ...number,
      name: 'number',
      label: t(`declare.number.${kind}`),
      hint: t(`declare.number.hint.${kind}`),
    },
  ];
  if (!personal) {
    const required = kind === 'special_industry';
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
  if (kind === 'enterprise') {
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
    title: t(`declare.title.${kind}`),
    lede: t(`declare.lede.${kind}`),
    fields,
    again,
    notice: notice ?? null,
  };
}

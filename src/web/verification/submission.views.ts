import type { Kind } from '../../accounts/account.ts';
import { CONSENT_VERSIONS, type ConsentKind } from '../../evidence/consent.ts';
import { type EvidenceType, NATURE } from '../../evidence/requirements.ts';
import { type CopyKey, moment, type Translator } from '../core/i18n.ts';
import type { Notice, SeparateConsentPage, UploadPage } from '../core/page.model.ts';
import { pathOf } from './step.views.ts';
import type { DeclarePage, Field } from './verification.model.ts';

type Tips = 'document' | 'face' | 'holding';

interface Asking {
  readonly sketch: string;
  readonly tips: Tips | null;
  /** Whether what is brought has a last day. */
  readonly ends: boolean;
}

/** How each piece is asked for. */
// biome-ignore format: a table is read by its columns
const ASKING = {
  id_front:                        { sketch: 'portrait', tips: 'document', ends: false },
  id_back:                         { sketch: 'emblem',   tips: 'document', ends: true },
  face_match:                      { sketch: 'face',     tips: 'face',     ends: false },
  person_check:                    { sketch: 'holding',  tips: 'holding',  ends: false },
  business_licence:                { sketch: 'licence',  tips: 'document', ends: true },
  bank_micro_deposit:              { sketch: 'deposit',  tips: null,       ends: false },
  three_in_one_licence:            { sketch: 'licence',  tips: 'document', ends: true },
  in_person_signing:               { sketch: 'signing',  tips: null,       ends: false },
  industry_permit:                 { sketch: 'permit',   tips: 'document', ends: true },
  licence_copy_with_authorization: { sketch: 'pages',    tips: 'document', ends: true },
} as const satisfies Record<EvidenceType, Asking>;

const PHOTOS = 'image/jpeg,image/png,image/webp,image/heic,image/avif';

export interface UploadAsked {
  readonly type: EvidenceType;
  /** Until when people answer what is submitted now; null: a machine does. */
  readonly due: Date | null;
  readonly typedUntil?: string;
  readonly notice?: Notice;
}

export function uploadPage(
  t: Translator,
  { type, due, typedUntil = '', notice }: UploadAsked,
): UploadPage {
  const { sketch, tips, ends } = ASKING[type];
  const photo = tips === 'face' || tips === 'holding';
  return {
    title: t(`evidence.${type}.name`),
    lede: t(`evidence.${type}.lede`),
    action: pathOf(type),
    sketch,
    files: filesOf(t, type, photo),
    accept: photo ? PHOTOS : `${PHOTOS},application/pdf`,
    formats: t(photo ? 'upload.formats.photo' : 'upload.formats'),
    tips: tips ? ([1, 2, 3] as const).map((at) => t(`upload.tip.${tips}.${at}`)) : [],
    until: ends ? { label: t(`upload.until.${type}` as CopyKey), value: typedUntil } : null,
    due: dueOf(t, type, due),
    submit: t(
      type === 'bank_micro_deposit'
        ? 'upload.submit.deposit'
        : type === 'in_person_signing'
          ? 'upload.submit.signing'
          : 'upload.submit',
    ),
    alternative:
      type === 'face_match'
        ? { href: pathOf('person_check'), label: t('verify.alternative') }
        : null,
    back: { href: '/account/verification', label: t('verify.back') },
    notice: notice ?? null,
  };
}

/** A portrait is taken there and then; a document may lie on the phone already, and no camera is forced. */
function filesOf(t: Translator, type: EvidenceType, photo: boolean): UploadPage['files'] {
  if (type === 'licence_copy_with_authorization') {
    return [t('upload.file.licence_copy'), t('upload.file.authorization')].map((label) => ({
      label,
      capture: null,
    }));
  }
  if (NATURE[type].documents === 0) return [];
  return [
    {
      label: t(type === 'face_match' ? 'upload.file.face' : 'upload.file'),
      capture: photo ? 'user' : null,
    },
  ];
}

function dueOf(t: Translator, type: EvidenceType, due: Date | null): string {
  if (due) return t('upload.due', { due: moment(t.language, due) });
  return NATURE[type].brings === 'documents' ? t('upload.due.soon') : '';
}

/** The words of a consent, which are kept by version; each paragraph begins with what it is about. */
export function consentPage(
  t: Translator,
  {
    consent,
    next,
    notice,
  }: { readonly consent: ConsentKind; readonly next: string; readonly notice?: Notice },
): SeparateConsentPage {
  const version = CONSENT_VERSIONS[consent];
  const paragraphs = t(`consentText.${consent}.v${version}`).split('\n');
  return {
    title: t('consentForm.title'),
    name: t(`consentName.${consent}`),
    paragraphs: paragraphs.map((text) => {
      const [, label = null, rest = text] = /^([^：:]+)[：:]\s*(.+)$/.exec(text) ?? [];
      return { label, text: rest.charAt(0).toUpperCase() + rest.slice(1) };
    }),
    version: t('consentForm.version', { version }),
    action: '/account/verification/consent',
    back: { href: '/account/verification', label: t('verify.back') },
    consent: { kind: consent, version, next },
    refuse: t(consent === 'biometrics' ? 'consentForm.person' : 'consentForm.refuse'),
    notice: notice ?? null,
  };
}

export interface Typed {
  readonly name: string;
  readonly legalRepresentative: string;
}

const NOTHING: Typed = { name: '', legalRepresentative: '' };

/** Names come back as they were typed; numbers never do. */
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

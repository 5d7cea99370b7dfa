import { EVIDENCE, type EvidenceType } from '../../evidence/pieces/evidence-type.ts';
import { type CopyKey, moment, type Translator } from './i18n.ts';
import type { Notice, Sketch, UploadPage } from './page.model.ts';

type Tips = 'document' | 'face' | 'holding';

interface Asking {
  readonly sketch: Sketch;
  readonly tips: Tips | null;
  /** The label of the document's last day of validity; null where it has none. */
  readonly ends: CopyKey | null;
}

/** The form of each type of evidence. Confirmations and ties have pages of their own. */
const ASKING = {
  id_front: { sketch: 'portrait', tips: 'document', ends: null },
  id_back: { sketch: 'emblem', tips: 'document', ends: 'upload.until.id_back' },
  face_match: { sketch: 'face', tips: 'face', ends: null },
  person_check: { sketch: 'holding', tips: 'holding', ends: null },
  passkey_confirmation: { sketch: 'holding', tips: null, ends: null },
  business_licence: { sketch: 'licence', tips: 'document', ends: 'upload.until.business_licence' },
  bank_micro_deposit: { sketch: 'deposit', tips: null, ends: null },
  account_confirmation: { sketch: 'signing', tips: null, ends: null },
  three_in_one_licence: {
    sketch: 'licence',
    tips: 'document',
    ends: 'upload.until.three_in_one_licence',
  },
  in_person_signing: { sketch: 'signing', tips: null, ends: null },
  industry_permit: { sketch: 'permit', tips: 'document', ends: 'upload.until.industry_permit' },
  licence_copy_with_authorization: {
    sketch: 'pages',
    tips: 'document',
    ends: 'upload.until.licence_copy_with_authorization',
  },
  affiliation: { sketch: 'pages', tips: 'document', ends: 'upload.until.affiliation' },
} as const satisfies Record<EvidenceType, Asking>;

const PHOTOS = 'image/jpeg,image/png,image/webp,image/heic,image/avif';

export interface UploadAsked {
  readonly type: EvidenceType;
  /** The date by which people answer; null where a machine does. */
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
    until: ends ? { label: t(ends), value: typedUntil } : null,
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

/** The file fields. Only portraits ask for the camera; a document may be on the phone already. */
function filesOf(t: Translator, type: EvidenceType, photo: boolean): UploadPage['files'] {
  if (type === 'licence_copy_with_authorization') {
    return [t('upload.file.licence_copy'), t('upload.file.authorization')].map((label) => ({
      label,
      capture: null,
    }));
  }
  if (EVIDENCE[type].documents === 0) return [];
  return [
    {
      label: t(type === 'face_match' ? 'upload.file.face' : 'upload.file'),
      capture: photo ? 'user' : null,
    },
  ];
}

function dueOf(t: Translator, type: EvidenceType, due: Date | null): string {
  if (due) return t('upload.due', { due: moment(t.language, due) });
  return EVIDENCE[type].brings === 'documents' ? t('upload.due.soon') : '';
}

/** The page of an account's verification where this type of evidence is submitted. */
export function pathOf(type: EvidenceType): string {
  return `/account/verification/${type}`;
}

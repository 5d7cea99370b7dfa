import { type Brought, EVIDENCE, type EvidenceType } from '../../evidence/pieces/evidence-type.ts';
import { type CopyKey, moment, type Translator } from './i18n.ts';
import type { Notice, Sketch, UploadPage } from './page.model.ts';

type Tips = 'document' | 'face' | 'holding';

/** The labels of the file fields: one for each document that the type asks for. */
interface Fields {
  readonly 0: readonly [];
  readonly 1: readonly [CopyKey];
  readonly 2: readonly [CopyKey, CopyKey];
}

interface Asking<Type extends EvidenceType> {
  readonly sketch: Sketch;
  readonly tips: Tips | null;
  readonly files: Fields[(typeof EVIDENCE)[Type]['documents']];
  /** The label of the document's last day of validity; null where it has none. */
  readonly ends: CopyKey | null;
}

/** The form of each type of evidence. Confirmations and ties have pages of their own. */
// biome-ignore format: a table is read by its columns
const ASKING = {
  id_front:             { sketch: 'portrait', tips: 'document', files: ['upload.file'],      ends: null },
  id_back:              { sketch: 'emblem',   tips: 'document', files: ['upload.file'],      ends: 'upload.until.id_back' },
  face_match:           { sketch: 'face',     tips: 'face',     files: ['upload.file.face'], ends: null },
  person_check:         { sketch: 'holding',  tips: 'holding',  files: ['upload.file'],      ends: null },
  business_licence:     { sketch: 'licence',  tips: 'document', files: ['upload.file'],      ends: 'upload.until.business_licence' },
  bank_micro_deposit:   { sketch: 'deposit',  tips: null,       files: [],                   ends: null },
  three_in_one_licence: { sketch: 'licence',  tips: 'document', files: ['upload.file'],      ends: 'upload.until.three_in_one_licence' },
  in_person_signing:    { sketch: 'signing',  tips: null,       files: [],                   ends: null },
  industry_permit:      { sketch: 'permit',   tips: 'document', files: ['upload.file'],      ends: 'upload.until.industry_permit' },
  passkey_confirmation: { sketch: 'holding',  tips: null,       files: [],                   ends: null },
  account_confirmation: { sketch: 'signing',  tips: null,       files: [],                   ends: null },
  licence_copy_with_authorization: {
    sketch: 'pages', tips: 'document',
    files: ['upload.file.licence_copy', 'upload.file.authorization'],
    ends: 'upload.until.licence_copy_with_authorization',
  },
  affiliation: {
    sketch: 'pages', tips: 'document',
    files: ['affiliation.file.shares', 'affiliation.file.authorization'],
    ends: 'upload.until.affiliation',
  },
} as const satisfies { readonly [Type in EvidenceType]: Asking<Type> };

// biome-ignore format: a table is read by its columns
const SUBMIT = {
  documents: 'upload.submit',
  deposit:   'upload.submit.deposit',
  signing:   'upload.submit.signing',
  confirmation: 'upload.submit',
} as const satisfies Record<Brought, CopyKey>;

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
  const { sketch, tips, files, ends } = ASKING[type];
  // Only portraits ask for the camera; a document may be on the phone already.
  const photo = tips === 'face' || tips === 'holding';
  return {
    title: t(`evidence.${type}.name`),
    lede: t(`evidence.${type}.lede`),
    action: pathOf(type),
    sketch,
    files: files.map((label) => ({ label: t(label), capture: photo ? 'user' : null })),
    accept: photo ? PHOTOS : `${PHOTOS},application/pdf`,
    formats: t(photo ? 'upload.formats.photo' : 'upload.formats'),
    tips: tips ? ([1, 2, 3] as const).map((at) => t(`upload.tip.${tips}.${at}`)) : [],
    until: ends ? { label: t(ends), value: typedUntil } : null,
    due: dueOf(t, type, due),
    submit: t(SUBMIT[EVIDENCE[type].brings]),
    alternative:
      type === 'face_match'
        ? { href: pathOf('person_check'), label: t('verify.alternative') }
        : null,
    back: { href: '/account/verification', label: t('verify.back') },
    notice: notice ?? null,
  };
}

function dueOf(t: Translator, type: EvidenceType, due: Date | null): string {
  if (due) return t('upload.due', { due: moment(t.language, due) });
  return EVIDENCE[type].brings === 'documents' ? t('upload.due.soon') : '';
}

/** The page of an account's verification where this type of evidence is submitted. */
export function pathOf(type: EvidenceType): string {
  return `/account/verification/${type}`;
}

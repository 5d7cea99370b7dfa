import type { Kind } from '../../accounts/account.ts';
import { CORRECTABLE, type CorrectableField } from '../../evidence/corrections/correction.ts';
import type { LookView, OwnData } from '../../evidence/own-data/own-data.ts';
import { day, lastDay } from '../core/day.ts';
import { COPY, type CopyKey, moment, type Translator } from '../core/i18n.ts';
import type { Notice } from '../core/page.model.ts';
import type { CorrectPage, KeptView, OwnDataPage } from './account.model.ts';

type Kept = Pick<OwnData['fields'][number], 'since' | 'keptFor' | 'basis'>;

/**
 * All stored personal data: since when, what for, on what basis, and who looked (PIPL art. 44, 45).
 * Values are not shown.
 */
export function ownDataPage(
  t: Translator,
  data: OwnData,
  notice: Notice | null = null,
): OwnDataPage {
  const sections = [
    { id: 'fields', things: data.fields.map((field) => fieldView(t, field)) },
    { id: 'documents', things: data.documents.map((document) => documentView(t, document)) },
    { id: 'consents', things: data.consents.map((consent) => consentView(t, consent)) },
    {
      id: 'corrections',
      things: data.corrections.map((correction) => correctionView(t, correction)),
    },
    { id: 'bindings', things: data.bindings.map((binding) => bindingView(t, binding)) },
    {
      id: 'contacts',
      things: data.contacts.map((contact) => thing(t, t(`data.contact.${contact.kind}`), contact)),
    },
    { id: 'devices', things: data.devices.map((device) => deviceView(t, device)) },
    { id: 'signals', things: data.signals.map((signals) => signalsView(t, signals)) },
  ] as const;
  return {
    title: t('data.title'),
    claimed: !data.proven && data.fields.length > 0,
    sections: sections
      .filter(({ things }) => things.length > 0)
      .map(({ id, things }) => ({ id, title: t(`data.${id}`), things })),
    notice,
  };
}

function thing(
  t: Translator,
  name: string,
  kept: Kept | null,
  more: Partial<KeptView> = {},
): KeptView {
  const facts = kept
    ? [
        { label: t('data.for'), value: t(`data.for.${kept.keptFor}`) },
        { label: t('data.basis'), value: t(`data.basis.${kept.basis}`) },
      ]
    : [];
  const since = kept ? [t('data.since', { at: moment(t.language, kept.since) })] : [];
  const { lines = [], ...rest } = more;
  return {
    name,
    state: null,
    looks: null,
    text: null,
    withdraw: null,
    ...rest,
    facts,
    lines: [...lines, ...since],
  };
}

function fieldView(t: Translator, field: OwnData['fields'][number]): KeptView {
  const state = field.proven
    ? { word: t('data.proven'), mark: 'done' as const }
    : { word: t('data.stated'), mark: 'todo' as const };
  return thing(t, t(`data.field.${field.field}`), field, { state, looks: looksOf(t, field.looks) });
}

function documentView(t: Translator, document: OwnData['documents'][number]): KeptView {
  const { type, check, mediaType, size, removedAt, looks } = document;
  const kind = mediaType === 'application/pdf' ? 'PDF' : 'JPG';
  const lines = [
    t('data.document.size', { type: kind, size: Math.max(1, Math.round(size / 1024)) }),
    ...(removedAt ? [t('data.document.removed', { at: lastDay(t.language, removedAt) })] : []),
  ];
  const other = check ? t('data.document.check') : t('data.document.correction');
  return thing(t, type ? t(`evidence.${type}.name`) : other, document, {
    lines,
    looks: looksOf(t, looks),
  });
}

/** One line for all inspections of one kind on one day. Visits of the owner are inspections too. */
function looksOf(t: Translator, looks: readonly LookView[]): KeptView['looks'] {
  if (looks.length === 0) return { label: t('data.looks.none'), lines: [] };
  const times = new Map<string, number>();
  for (const { at, by, purpose } of looks) {
    const line = [day(t.language, at), t(`data.look.${by}`), t(`data.purpose.${purpose}`)].join(
      ' · ',
    );
    times.set(line, (times.get(line) ?? 0) + 1);
  }
  const lines = [...times].map(([line, count]) =>
    count === 1 ? line : `${line} · ${t('data.look.times', { count })}`,
  );
  return { label: t('data.looks', { count: lines.length }), lines };
}

function consentView(t: Translator, given: OwnData['consents'][number]): KeptView {
  const { consent, version, language, givenAt, endedAt, endedBecause } = given;
  const holds = endedAt === null;
  const ended =
    endedAt && endedBecause
      ? [t(`data.consent.${endedBecause}`, { at: moment(t.language, endedAt) })]
      : [];
  return thing(t, t(`consentName.${consent}`), null, {
    state: holds ? { word: t('data.consent.holds'), mark: 'done' } : null,
    lines: [t('data.consent.given', { version, at: moment(t.language, givenAt) }), ...ended],
    text: {
      label: t('data.consent.text'),
      language,
      paragraphs: agreedText(language, consent, version),
    },
    withdraw: holds ? `/account/data/consents/${consent}/withdraw` : null,
  });
}

/** The text of the consent, in the language it was given in. */
function agreedText(
  language: keyof typeof COPY,
  consent: string,
  version: number,
): readonly string[] {
  return COPY[language][`consentText.${consent}.v${version}` as CopyKey].split('\n');
}

function correctionView(t: Translator, correction: OwnData['corrections'][number]): KeptView {
  const word = t(`data.correction.${correction.state}`, {
    due: moment(t.language, correction.dueAt),
  });
  return thing(t, t(`data.field.${correction.field}`), correction, { lines: [word] });
}

function bindingView(t: Translator, binding: OwnData['bindings'][number]): KeptView {
  const { role, counterpart, endedAt } = binding;
  const lines = endedAt ? [t('data.binding.ended', { at: moment(t.language, endedAt) })] : [];
  return thing(t, t(`data.binding.${role}`, { name: counterpart }), binding, { lines });
}

function deviceView(t: Translator, device: OwnData['devices'][number]): KeptView {
  return thing(t, device.label, device, {
    lines: [t('data.device.seen', { at: moment(t.language, device.lastSeen) })],
  });
}

/** The hours of sign-ins are kept as long as the account. All other signals expire. */
function signalsView(
  t: Translator,
  { what, count, ...kept }: OwnData['signals'][number],
): KeptView {
  const goes = what === 'hours' ? t('data.signal.stays') : t('data.signal.goes');
  return thing(t, t(`data.signal.${what}`, { count }), kept, {
    lines: [t(`data.signal.${what}.what`), goes],
  });
}

export interface Correcting {
  readonly kind: Kind;
  readonly due: Date;
  readonly chosen: string;
  readonly value: string;
  readonly notice: Notice | null;
}

export function correctPage(
  t: Translator,
  { kind, due, chosen, value, notice }: Correcting,
): CorrectPage {
  const fields = correctableBy(kind);
  return {
    title: t('correct.title'),
    fields: fields.map((name) => ({
      name,
      label: t(`data.field.${name}`),
      chosen: name === chosen || fields.length === 1,
    })),
    value,
    accept: 'image/jpeg,image/png,image/webp,image/heic,image/avif,application/pdf',
    due: t('correct.due', { due: moment(t.language, due) }),
    notice,
  };
}

/**
 * The fields that can be corrected. A person has no legal representative and no corporate account.
 */
function correctableBy(kind: Kind): readonly CorrectableField[] {
  return kind === 'personal' ? ['name'] : CORRECTABLE;
}

import type { DeclaredField } from '../../evidence/claims/reveal-claim.ts';
import type { Track } from '../../evidence/consents/track.ts';
import type { CorrectionMaterial } from '../../evidence/corrections/reveal-correction.ts';
import type { EvidenceMaterial } from '../../evidence/pieces/case-material.ts';
import type { MaterialDocument } from '../../evidence/pieces/material.store.ts';
import type { Opinion, ReviewCase } from '../../review/case.ts';
import { shortId, titleOf } from '../core/case-words.ts';
import { lastDay } from '../core/day.ts';
import { dueOf } from '../core/hour.ts';
import { type CopyKey, moment, type Translator } from '../core/i18n.ts';
import type { CasePage, Declared, DocumentView } from './review.model.ts';
import { flagsOf } from './review.views.ts';

/** What all cases have in common. Their subject adds the rest of the page. */
export function commonPartOf(
  t: Translator,
  found: ReviewCase,
  { now, mine }: { readonly now: Date; readonly mine: Opinion | undefined },
): CasePage {
  const { id, subject, kind, appeal, fourEyes } = found;
  const appealed = appeal === null ? subject.kind : 'appeal';
  return {
    title: t('review.case', { id: shortId(id) }),
    action: `/review/${id}`,
    back: '/review',
    about: titleOf(t, { subject: subject.kind, kind }),
    due: dueOf(t, found.dueAt, now),
    flags: flagsOf(t, { appeal: appeal !== null, fourEyes }),
    appeal: appeal && {
      text: appeal.text,
      before: t(appeal.of === null ? 'case.appeal.automatic' : 'case.appeal.by_person'),
      reason: appeal.reason,
    },
    mine: mine ? t('case.mine', { at: moment(t.language, mine.at) }) : null,
    pair: [],
    facts: [],
    hooks: [],
    declaredTitle: t('case.declared'),
    declared: [],
    check: null,
    documents: [],
    beside: [],
    pieces: [],
    history: [],
    form: mine
      ? null
      : {
          accept: t(`review.accept.${appealed}`),
          reject: t(`review.reject.${appealed}`),
          eyes: fourEyes ? t('case.four_eyes') : null,
          reason: '',
        },
    notice: null,
  };
}

type Subject = Pick<
  CasePage,
  'facts' | 'declared' | 'check' | 'documents' | 'beside' | 'pieces' | 'history'
>;
type LinkTo = (document: MaterialDocument) => Promise<string>;

export async function evidenceView(
  t: Translator,
  found: ReviewCase,
  material: EvidenceMaterial,
  linkTo: LinkTo,
): Promise<Subject> {
  const { track, piece, declared, parent, documents, others, history } = material;
  const views = await Promise.all(
    documents.map(async (each) => ({
      of: each.evidenceId,
      view: await documentView(t, each, documents, linkTo),
    })),
  );
  return {
    facts: [
      { label: t('case.piece'), value: t(`evidence.${piece.type}.name`) },
      { label: t('case.submitted'), value: moment(t.language, piece.submittedAt) },
      {
        label: t('case.valid_until'),
        value: piece.validUntil
          ? lastDay(t.language, piece.validUntil)
          : t('case.valid_until.none'),
      },
      ...(piece.evidence.state === 'rejected'
        ? [{ label: t('case.rejected_because'), value: t(`case.reason.${piece.evidence.reason}`) }]
        : []),
    ],
    declared: [
      ...declared.map((field) => declaredOf(t, { kind: track }, field)),
      ...(parent
        ? [{ label: t('case.parent'), value: parent, groups: groupsOf(found.kind, parent) }]
        : []),
    ],
    check: t(`case.check.${piece.type}`),
    documents: views.filter(({ of }) => of === piece.id).map(({ view }) => view),
    beside: views.filter(({ of }) => of !== piece.id).map(({ view }) => view),
    pieces: others.map(({ type, evidence, submittedAt }) =>
      [
        t(`evidence.${type}.name`),
        t(`case.state.${evidence.state}`),
        moment(t.language, submittedAt),
      ].join(' · '),
    ),
    history: history.flatMap(({ action, at }) => {
      const key = `case.happened.${action}`;
      return isKnown(key) ? [`${moment(t.language, at)} · ${t(key)}`] : [];
    }),
  };
}

export async function correctionView(
  t: Translator,
  found: ReviewCase,
  material: CorrectionMaterial,
  linkTo: LinkTo,
): Promise<Partial<CasePage>> {
  const { correction, documents } = material;
  const { field, kept, wanted } = correction;
  const named = (key: 'case.kept' | 'case.wanted', value: string): Declared => {
    const one = declaredOf(t, found, { field, value });
    return { ...one, label: `${one.label} · ${t(key)}` };
  };
  return {
    declaredTitle: t('case.change'),
    declared: [
      kept === null
        ? { label: t('case.kept'), value: t('case.kept.nothing'), groups: null }
        : named('case.kept', kept),
      named('case.wanted', wanted),
    ],
    check: t('case.check.correction'),
    documents: await Promise.all(documents.map((each) => documentView(t, each, documents, linkTo))),
  };
}

/** A declared field with its label. A person has a name, a company a registered name. */
export function declaredOf(
  t: Translator,
  { kind }: { readonly kind: Track | null },
  { field, value }: DeclaredField,
): Declared {
  const of = kind ?? 'personal';
  // biome-ignore format: a table is read by its columns
  const labels = {
    name:                 t(`declare.name.${of}`),
    number:               t(`declare.number.${of}`),
    legal_representative: t('declare.legal_representative'),
    bank_account:         t('declare.bank_account'),
    phone:                t('case.field.phone'),
  } satisfies Record<DeclaredField['field'], string>;
  const spelled = field === 'number' || field === 'bank_account';
  return { label: labels[field], value, groups: spelled ? groupsOf(kind, value) : null };
}

/** Splits a number to be read aloud: resident IDs by region, birthday and rest; others in fours. */
function groupsOf(kind: Track | null, value: string): string[] {
  const person =
    (kind === 'personal' || kind === 'practitioner') && /^(\d{6})(\d{8})(\d{3}[\dX])$/.exec(value);
  return person ? person.slice(1) : (value.match(/.{1,4}/g) ?? []);
}

async function documentView(
  t: Translator,
  document: MaterialDocument,
  all: readonly MaterialDocument[],
  linkTo: LinkTo,
): Promise<DocumentView> {
  const name = document.type ? t(`evidence.${document.type}.name`) : t('case.document');
  const same = all.filter(({ evidenceId }) => evidenceId === document.evidenceId);
  const numbered =
    same.length > 1 ? `${name} ${same.indexOf(document) + 1} / ${same.length}` : name;
  return {
    name: numbered,
    href: await linkTo(document),
    pdf: document.mediaType === 'application/pdf',
  };
}

function isKnown(key: string): key is CopyKey {
  return HAPPENINGS.has(key);
}

const HAPPENINGS: ReadonlySet<string> = new Set<CopyKey>([
  'case.happened.evidence.uploaded',
  'case.happened.evidence.examined',
  'case.happened.evidence.referred',
  'case.happened.evidence.accepted',
  'case.happened.evidence.rejected',
  'case.happened.evidence.refuted',
  'case.happened.evidence.expired',
  'case.happened.evidence.withdrawn',
  'case.happened.evidence.overturned',
]);

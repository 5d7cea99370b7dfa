import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { PDFDocument, StandardFonts } from '@cantoo/pdf-lib';
import sharp from 'sharp';
import type { Kind } from '../../src/accounts/account.ts';
import { letter } from '../../src/documents/lettering.ts';
import { CONSENT_TO_DECLARE, CONSENT_VERSIONS } from '../../src/evidence/consents/consent.ts';
import { giveConsent } from '../../src/evidence/consents/give-consent.ts';
import type { EvidenceDeps } from '../../src/evidence/deps.ts';
import { EVIDENCE, type EvidenceType } from '../../src/evidence/pieces/evidence-type.ts';
import { declareOwner } from '../../src/evidence/submissions/declare-owner.ts';
import { submitForAccount } from '../../src/evidence/submissions/submit-evidence.ts';
import { type AccountId, type EvidenceId, newId } from '../../src/kernel/ids.ts';
import { sql } from '../../src/store/sql.ts';
import { organisationNumber, personNumber } from '../owners/people.ts';

/** An account that says whom it belongs to, and can sign in with the demo's password. */
export interface Declarer {
  readonly account: AccountId;
  readonly login: string;
  readonly kind: Kind;
  readonly name: string;
  readonly number: string;
}

let serial = randomBytes(2).readUInt16BE();

export async function makeDeclarer(
  evidence: EvidenceDeps,
  { kind = 'special_industry', name = '安和门诊部有限公司' }: { kind?: Kind; name?: string } = {},
): Promise<Declarer> {
  serial += 1;
  const account = newId('acc');
  const login = `declarer-${serial}`;
  const number = kind === 'personal' ? personNumber(serial) : organisationNumber(serial);
  await evidence.db.query(sql`
    insert into accounts (id, login, password_hash, display_name, kind)
    select ${account}, ${login}, password_hash, ${`安和 ${serial}`}, ${kind} from accounts where login = 'linxiao'`);
  await agree(evidence, account, CONSENT_TO_DECLARE[kind]);
  const more =
    kind === 'special_industry'
      ? { legalRepresentative: '周安和' }
      : kind === 'enterprise'
        ? { bankAccount: '6222000012345678' }
        : {};
  const declared = await declareOwner(evidence, { account, name, number, ...more });
  assert.ok(declared.ok, JSON.stringify(declared));
  return { account, login, kind, name, number };
}

/** Brings a piece, with as many papers as it takes. */
export async function bring(
  evidence: EvidenceDeps,
  { account }: Declarer,
  type: EvidenceType,
  papers?: readonly Buffer[],
): Promise<EvidenceId> {
  await agree(evidence, account, EVIDENCE[type].consent);
  const uploads =
    papers ??
    (await Promise.all(
      Array.from(
        { length: EVIDENCE[type].documents },
        async (_, at) => await drawPaper(`${type} ${at + 1}`),
      ),
    ));
  const submitted = await submitForAccount(evidence, {
    account,
    type,
    validUntil: new Date(Date.now() + 400 * 86_400_000),
    uploads,
  });
  assert.ok(submitted.ok, JSON.stringify(submitted));
  return submitted.value;
}

async function agree(
  evidence: EvidenceDeps,
  account: AccountId,
  consent: keyof typeof CONSENT_VERSIONS,
): Promise<void> {
  const given = await giveConsent(evidence, {
    account,
    consent,
    version: CONSENT_VERSIONS[consent],
    language: 'zh-CN',
  });
  assert.ok(given.ok);
}

/** A scan of a paper with a frame, a title, lines of print and a seal. */
export async function drawPaper(title: string): Promise<Buffer> {
  const { outlines, width } = letter([title]);
  const scale = Math.min(8, 1000 / width);
  const print = Array.from(
    { length: 9 },
    (_, row) =>
      `<rect x="120" y="${330 + row * 48}" width="${760 - (row % 3) * 120}" height="12" fill="#5b5b5b"/>`,
  );
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="1280" height="860"><rect width="1280" height="860" fill="#fdf9ef"/>
    <rect x="40" y="40" width="1200" height="780" fill="none" stroke="#a8802c" stroke-width="10"/>
    <path transform="translate(120 140) scale(${scale})" d="${outlines}" fill="#222"/>
    ${print.join('')}<circle cx="1010" cy="620" r="110" fill="none" stroke="#c3261b" stroke-width="9"/></svg>`;
  return await sharp(Buffer.from(svg)).jpeg({ quality: 90 }).toBuffer();
}

export async function drawPdf(title: string): Promise<Buffer> {
  const document = await PDFDocument.create();
  const font = await document.embedFont(StandardFonts.Helvetica);
  document.addPage([595, 842]).drawText(title, { x: 60, y: 760, size: 22, font });
  return Buffer.from(await document.save({ useObjectStreams: false }));
}

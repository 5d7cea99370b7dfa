import { globSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import type { Track } from '../../src/evidence/consents/track.ts';
import {
  EVIDENCE,
  EVIDENCE_TYPES,
  isControl,
  REQUIRED,
} from '../../src/evidence/pieces/evidence-type.ts';
import { sql } from '../../src/store/sql.ts';
import { freshDatabase } from '../support/database.ts';

const TABLE = 'src/evidence/pieces/evidence-type.ts';

describe('the table of evidence types', () => {
  test('asks each account kind for these steps, with a choice for the face [R3, R4]', () => {
    expect(REQUIRED).toStrictEqual({
      personal: [['id_front'], ['id_back'], ['face_match', 'person_check', 'passkey_confirmation']],
      enterprise: [['business_licence'], ['bank_micro_deposit', 'account_confirmation']],
      special_industry: [
        ['three_in_one_licence'],
        ['in_person_signing', 'account_confirmation'],
        ['industry_permit'],
        ['licence_copy_with_authorization'],
      ],
      practitioner: [
        ['id_front'],
        ['id_back'],
        ['face_match', 'person_check', 'passkey_confirmation'],
        ['industry_permit'],
        ['in_person_signing'],
      ],
    } satisfies Record<Track, unknown>);
  });

  test('lets each account show by itself whose it is, on every track [R44]', () => {
    const controls = (Object.keys(REQUIRED) as Track[]).map((track) => [
      track,
      EVIDENCE_TYPES.filter((type) => isControl(track, type)),
    ]);
    expect(Object.fromEntries(controls)).toStrictEqual({
      personal: ['face_match', 'person_check', 'passkey_confirmation'],
      enterprise: ['bank_micro_deposit', 'account_confirmation'],
      special_industry: ['in_person_signing', 'account_confirmation'],
      practitioner: ['face_match', 'person_check', 'passkey_confirmation'],
    });
  });

  test('numbers the steps of each track from one, without a gap', () => {
    for (const track of Object.keys(REQUIRED) as Track[]) {
      const steps = Object.values(EVIDENCE).flatMap(
        ({ steps: of }: { steps: Partial<Record<Track, number>> }) => of[track] ?? [],
      );
      const numbers = [...new Set(steps)].sort();
      expect(numbers).toStrictEqual(numbers.map((_, at) => at + 1));
    }
  });

  test('asks for documents exactly where documents are brought', () => {
    for (const { brings, documents } of Object.values(EVIDENCE))
      expect(documents > 0).toBe(brings === 'documents');
  });

  test('asks a provider a question exactly where the provider examines', () => {
    for (const { examiner, question } of Object.values(EVIDENCE))
      expect(question !== null).toBe(examiner === 'provider');
  });

  test('lets a person check a face without consent to biometrics', () => {
    expect(EVIDENCE.person_check.consent).toBe('identity_documents');
  });

  test('has the types that the column evidence.type may hold', async () => {
    const { db } = await freshDatabase();
    const [row] = await db.query<{ rule: string }>(sql`
      select pg_get_constraintdef(oid) as rule from pg_constraint where conname = 'evidence_type_check'`);
    const held = [...(row?.rule ?? '').matchAll(/'([a-z_]+)'/g)].map(([, type]) => type);
    expect(held.sort()).toStrictEqual([...EVIDENCE_TYPES].sort());
  });

  test('is the only table over evidence types, beside their forms and texts in web', () => {
    const keyed = new RegExp(`^\\s*(${EVIDENCE_TYPES.join('|')}):`, 'gm');
    const tables = globSync('src/**/*.ts')
      .map((file) => ({ file, rows: readFileSync(file, 'utf8').match(keyed)?.length ?? 0 }))
      .filter(({ rows }) => rows === EVIDENCE_TYPES.length);
    const [web, ...others] = tables.map(({ file }) => file).filter((file) => file !== TABLE);
    expect(web ?? '').toMatch(/^src\/web\//);
    expect(others).toStrictEqual([]);
  });
});

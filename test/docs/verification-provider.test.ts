import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { EVIDENCE } from '../../src/evidence/pieces/evidence-type.ts';
import { checkSignature, TOLERANCE_SECONDS } from '../../src/evidence/provider/signature.ts';
import { RESULTS } from '../../src/evidence/provider/verification-provider.ts';
import {
  ANSWERS_PATH,
  CHECKS_PATH,
  LONGEST_ANSWER,
  readAnswer,
} from '../../src/evidence/provider/wire.ts';

const text = readFileSync(new URL('../../docs/verification-provider.md', import.meta.url), 'utf8');

const found = (pattern: RegExp): string => {
  const [, value] = pattern.exec(text) ?? [];
  assert.ok(value, String(pattern));
  return value;
};

describe('docs/verification-provider.md', () => {
  test('the published signature is valid, and invalid after any change', () => {
    const key = Buffer.from(found(/the key `([\w-]+)`/), 'base64url');
    const message = { method: 'POST', path: ANSWERS_PATH, body: found(/^ {4}(\{"id".*\})$/m) };
    const header = found(/^ {4}Bindery-Signature: (t=\d.*)$/m);
    const at = new Date(Number(/t=(\d+)/.exec(header)?.[1]) * 1000);
    expect(checkSignature(key, message, header, at).ok).toBe(true);
    for (const other of [{ method: 'PUT' }, { path: CHECKS_PATH }, { body: `${message.body} ` }]) {
      expect(checkSignature(key, { ...message, ...other }, header, at).ok).toBe(false);
    }
    expect(readAnswer(message.body)).toBeTruthy();
  });

  test('the contract names every question, result and limit', () => {
    for (const result of RESULTS) expect(text).toMatch(new RegExp(`\`${result}\``));
    for (const { question } of Object.values(EVIDENCE))
      if (question !== null) expect(text).toMatch(new RegExp(`^\\| \`${question.kind}\``, 'm'));
    expect(text).toContain(`POST {VERIFICATION_URL}${CHECKS_PATH}`);
    expect(text).toContain(`POST {ISSUER}${ANSWERS_PATH}`);
    expect(text).toContain(`${TOLERANCE_SECONDS} s off`);
    expect(text).toContain(`${LONGEST_ANSWER / 1024} KB`);
  });
});

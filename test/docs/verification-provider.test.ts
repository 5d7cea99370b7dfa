import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
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

describe('the contract with a verification provider, as it is published', () => {
  test('has a signature that holds, and stops holding with any part of it changed', () => {
    const key = Buffer.from(found(/the key `([\w-]+)`/), 'base64url');
    const message = { method: 'POST', path: ANSWERS_PATH, body: found(/^ {4}(\{"id".*\})$/m) };
    const header = found(/^ {4}Bindery-Signature: (t=\d.*)$/m);
    const at = new Date(Number(/t=(\d+)/.exec(header)?.[1]) * 1000);
    assert.ok(checkSignature(key, message, header, at).ok);
    for (const other of [{ method: 'PUT' }, { path: CHECKS_PATH }, { body: `${message.body} ` }]) {
      assert.equal(checkSignature(key, { ...message, ...other }, header, at).ok, false);
    }
    assert.ok(readAnswer(message.body));
  });

  test('names every question, every result and every limit there is', () => {
    for (const result of RESULTS) assert.match(text, new RegExp(`\`${result}\``));
    for (const { question } of Object.values(EVIDENCE))
      if (question !== null) assert.match(text, new RegExp(`^\\| \`${question.kind}\``, 'm'));
    assert.ok(
      text.includes(`POST {VERIFICATION_URL}${CHECKS_PATH}`) &&
        text.includes(`POST {ISSUER}${ANSWERS_PATH}`),
    );
    assert.ok(
      text.includes(`${TOLERANCE_SECONDS} s off`) && text.includes(`${LONGEST_ANSWER / 1024} KB`),
    );
  });
});

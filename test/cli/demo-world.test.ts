import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OWNERS } from '../../src/cli/demo-world.ts';
import { parseResidentId, parseUscc } from '../../src/owners/document-number.ts';

test('R1 the demo’s owners have numbers that are right in form and nobody’s: of a region that does not exist', () => {
  for (const { kind, number } of OWNERS) {
    const parsed = kind === 'person' ? parseResidentId(number) : parseUscc(number);
    assert.equal(parsed.ok && parsed.value, number);
    assert.equal(kind === 'person' ? number.slice(0, 6) : number.slice(2, 8), '999999');
  }
  assert.equal(new Set(OWNERS.map(({ number }) => number)).size, OWNERS.length);
});

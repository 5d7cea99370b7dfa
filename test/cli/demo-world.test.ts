import { expect, test } from '@jest/globals';
import { OWNERS } from '../../src/cli/demo-world.ts';
import { parseResidentId, parseUscc } from '../../src/owners/document-number.ts';

test('the demo’s owners have valid numbers of a region that does not exist', () => {
  for (const { kind, number } of OWNERS) {
    const parsed = kind === 'person' ? parseResidentId(number) : parseUscc(number);
    expect(parsed.ok && parsed.value).toBe(number);
    expect(kind === 'person' ? number.slice(0, 6) : number.slice(2, 8)).toBe('999999');
  }
  expect(new Set(OWNERS.map(({ number }) => number)).size).toBe(OWNERS.length);
});

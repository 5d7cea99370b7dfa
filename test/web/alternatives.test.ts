import { expect, test } from '@jest/globals';
import { EVIDENCE, REQUIRED } from '../../src/evidence/pieces/evidence-type.ts';
import { INSTEAD } from '../../src/web/verification/step.views.ts';

test('each type that can be brought instead of another has a link with words', () => {
  const chosen = Object.values(REQUIRED)
    .flatMap((steps) => [...steps])
    .map((types) => types.filter((type) => EVIDENCE[type].brings === 'documents'))
    .filter((types) => types.length > 1)
    .flat();
  expect(chosen.length).toBeGreaterThan(1);
  expect(chosen.filter((type) => INSTEAD[type] === undefined)).toStrictEqual([]);
});

import { describe, expect, test } from '@jest/globals';
import { provenBy, requirementsShown } from './requirements-table.ts';
import {
  closingLine,
  isGood,
  type JestFileResult,
  resultsOf,
  summaryOf,
  type TestResult,
} from './results.ts';

const nameFile = (path: string) => path.replace('/project/', '');

function fileWith(
  ...statuses: readonly JestFileResult['testResults'][number]['status'][]
): JestFileResult {
  return {
    testFilePath: '/project/test/a.test.ts',
    testResults: statuses.map((status, at) => ({ title: `test ${at}`, status, duration: 1.4 })),
  };
}

const summary = (...files: readonly JestFileResult[]) => summaryOf(resultsOf(files, nameFile));

describe('the closing line of npm test', () => {
  test('the closing line counts passed and failed tests', () => {
    expect(closingLine(summary(fileWith('passed', 'failed', 'passed'), fileWith('passed')))).toBe(
      '3 passed, 1 failed',
    );
  });

  test('the closing line counts skipped tests if there are any', () => {
    expect(closingLine(summary(fileWith('passed', 'pending', 'skipped', 'todo')))).toBe(
      '1 passed, 0 failed, 3 skipped',
    );
  });

  test('a file that does not load, or whose hooks fail, counts as a failure', () => {
    const broken = { ...fileWith(), testExecError: { message: 'SyntaxError' } };
    const leaking = {
      ...fileWith('passed'),
      testExecError: { message: '1 connection(s) were left open' },
    };
    expect(closingLine(summary(broken))).toBe('0 passed, 1 failed');
    expect(closingLine(summary(leaking))).toBe('1 passed, 1 failed');
  });

  test('a run is good only when a test passed and none failed', () => {
    expect(isGood(summary(fileWith('passed')))).toBe(true);
    expect(isGood(summary(fileWith('passed', 'failed')))).toBe(false);
    expect(isGood(summary(fileWith('pending')))).toBe(false);
    expect(isGood(summary())).toBe(false);
  });

  test('a result has the file, name and time of its test', () => {
    expect(resultsOf([fileWith('passed')], nameFile)).toStrictEqual([
      { file: 'test/a.test.ts', name: 'test 0', ok: true, skipped: false, milliseconds: 1 },
    ]);
  });
});

describe('npm run requirements', () => {
  const passing: TestResult = {
    file: 'test/a.test.ts',
    name: '',
    ok: true,
    skipped: false,
    milliseconds: 1,
  };
  const stateOf = (id: string, results: readonly Partial<TestResult>[]) =>
    requirementsShown(results.map((result) => ({ ...passing, ...result }))).find(
      (shown) => shown.id === id,
    )?.state;

  test('a test is a proof of the ids in brackets at the end of its name', () => {
    expect(provenBy('refuses a fourth sub when the limit is three [R2]')).toStrictEqual(['R2']);
    expect(provenBy('refuses a fourth sub of one owner [R1, R2]')).toStrictEqual(['R1', 'R2']);
  });

  test('a test that only mentions an id is no proof of it', () => {
    for (const name of [
      'R2 refuses a fourth sub',
      'says what R2 is about',
      'the page of [R2] is shown',
      'refuses a fourth (R2)',
    ])
      expect([name, provenBy(name)]).toStrictEqual([name, []]);
  });

  test('a requirement passes only if a marked test passed and none failed', () => {
    expect(stateOf('R2', [{ name: 'a limit [R2]' }])).toBe('pass');
    expect(stateOf('R2', [{ name: 'a limit [R2]' }, { name: 'another [R2]', ok: false }])).toBe(
      'FAIL',
    );
    expect(stateOf('R2', [{ name: 'a limit [R2]', ok: false, skipped: true }])).toBe('not run');
  });

  test('a requirement without a marked test, or with one of a longer id, is “not yet”', () => {
    expect(stateOf('R2', [{ name: 'the words of R2 are on the page' }])).toBe('not yet');
    expect(stateOf('R2', [{ name: 'effective permissions [R20]' }])).toBe('not yet');
  });
});

import { describe, expect, test } from '@jest/globals';

/** Node makes what `structuredClone` gives, so it comes from the other realm. */
const foreign = <T>(value: T): T => structuredClone(value);

describe('toStrictEqual between the realm of a test and that of Node', () => {
  test('objects, lists and dates with equal content are equal', () => {
    const value = { a: [1, { b: new Date(0) }], c: { d: null } };
    expect(foreign(value).constructor).not.toBe(value.constructor);
    expect(foreign(value)).toStrictEqual(value);
    expect([value]).toStrictEqual([foreign(value)]);
  });

  test('another value, one more key or an undefined one is seen at any depth', () => {
    const value = { a: { b: 1 } };
    for (const other of [
      { a: { b: 2 } },
      { a: { b: 1, c: 2 } },
      { a: { b: 1, c: undefined } },
      { a: {} },
    ]) {
      expect(foreign(value)).not.toStrictEqual(other);
      expect(other).not.toStrictEqual(foreign(value));
    }
    expect(foreign(new Date(1))).not.toStrictEqual(new Date(0));
  });

  test('a class, a list and an object are not equal', () => {
    class Point {
      readonly x = 1;
    }
    expect(foreign({ x: 1 })).not.toStrictEqual(new Point());
    expect(foreign([])).not.toStrictEqual({});
    expect(foreign({})).not.toStrictEqual(Object.create(null));
  });
});

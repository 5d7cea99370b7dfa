import { isDate } from 'node:util/types';
import type { expect } from '@jest/globals';

type Tester = Parameters<typeof expect.addEqualityTesters>[0][number];

/**
 * Jest runs a test file in a realm of its own. What Node itself makes there (`await
 * response.json()`, `structuredClone`) has the other realm's `Object` or `Date` as its constructor,
 * which `toStrictEqual` takes for another class. This compares such objects and dates by what they
 * hold, as strictly as those of one realm.
 */
export const acrossRealms: Tester = function (one, other, testers) {
  if (
    !isObject(one) ||
    !isObject(other) ||
    Object.getPrototypeOf(one) === Object.getPrototypeOf(other)
  )
    return undefined;
  if (isDate(one) && isDate(other)) return one.getTime() === other.getTime();
  if (isPlain(one) && isPlain(other)) return this.equals({ ...one }, { ...other }, testers, true);
  return undefined;
};

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** True of an object whose prototype is the `Object.prototype` of some realm. */
function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return (
    prototype !== null &&
    Object.getPrototypeOf(prototype) === null &&
    Object.hasOwn(prototype, 'isPrototypeOf')
  );
}

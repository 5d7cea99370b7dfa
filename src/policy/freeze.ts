/** `T` with every member, at every depth, read-only. */
export type DeepReadonly<T> = T extends Date
  ? Date
  : T extends readonly (infer Item)[]
    ? readonly DeepReadonly<Item>[]
    : T extends object
      ? { readonly [K in keyof T]: DeepReadonly<T[K]> }
      : T;

/** Freezes plain data in place, at every depth. A `Date` can still be changed. */
export function deepFreeze<T>(value: T): DeepReadonly<T> {
  if (typeof value === 'object' && value !== null)
    Object.values(Object.freeze(value)).forEach(deepFreeze);
  return value as DeepReadonly<T>;
}

import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { ok, type Result, refuse } from '../kernel/refusals.ts';
import { plusSeconds } from '../kernel/time.ts';

/** Key-encryption keys by age. The last one wraps; the others only open. */
export interface Keyring {
  readonly keys: readonly { readonly id: string; readonly key: Buffer; readonly madeAt: Date }[];
}

const KEYRING = z
  .object({
    keys: z
      .array(
        z
          .object({
            id: z.string().min(1).max(64),
            key: z.base64url().length(43),
            madeAt: z.iso.datetime(),
          })
          .strict(),
      )
      .min(1)
      .refine((keys) => new Set(keys.map(({ id }) => id)).size === keys.length),
  })
  .strict();

/** Reads a keyring from JSON. Errors name only the path, because the text is secret. */
export function parseKeyring(text: string): Result<Keyring, 'malformed_keyring'> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return refuse('malformed_keyring', 'OWN-3A0', { problem: 'it is not JSON' });
  }
  const parsed = KEYRING.safeParse(json);
  if (!parsed.success) {
    const paths = parsed.error.issues.map(({ path }) => path.join('.') || 'the whole');
    return refuse('malformed_keyring', 'OWN-3A1', {
      problem: `not as it must be: ${[...new Set(paths)].join(', ')}`,
    });
  }
  const { keys } = parsed.data;
  return ok({
    keys: keys.map(({ id, key, madeAt }) => ({
      id,
      key: Buffer.from(key, 'base64url'),
      madeAt: new Date(madeAt),
    })),
  });
}

export function formatKeyring({ keys }: Keyring): string {
  const plain = keys.map(({ id, key, madeAt }) => ({
    id,
    key: key.toString('base64url'),
    madeAt: madeAt.toISOString(),
  }));
  return `${JSON.stringify({ keys: plain }, null, 2)}\n`;
}

export function currentKey({ keys }: Keyring): Keyring['keys'][number] {
  const last = keys.at(-1);
  if (!last) throw new RangeError('a keyring needs at least one key');
  return last;
}

/** The keyring with a new current key. */
export function withNewKey({ keys }: Keyring, now: Date): Keyring {
  return {
    keys: [
      ...keys,
      { id: `kek_${randomBytes(9).toString('base64url')}`, key: randomBytes(32), madeAt: now },
    ],
  };
}

/**
 * The keyring without the key `id`. `inUse` data keys are still wrapped by it. For `lingers`
 * seconds after a change of keys, a running request may still store one.
 */
export function withoutKey(
  keyring: Keyring,
  {
    id,
    inUse,
    now,
    lingers,
  }: {
    readonly id: string;
    readonly inUse: number;
    readonly now: Date;
    readonly lingers: number;
  },
): Result<Keyring, 'unknown_key' | 'current_key' | 'key_in_use' | 'too_soon'> {
  const current = currentKey(keyring);
  if (!keyring.keys.some((key) => key.id === id)) return refuse('unknown_key', 'OWN-3B0', { id });
  if (current.id === id) return refuse('current_key', 'OWN-3B1', { id });
  if (inUse > 0) return refuse('key_in_use', 'OWN-3B2', { id, inUse });
  const from = plusSeconds(current.madeAt, lingers);
  if (now < from) return refuse('too_soon', 'OWN-3B3', { id, from });
  return ok({ keys: keyring.keys.filter((key) => key.id !== id) });
}

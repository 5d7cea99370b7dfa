import { join, resolve } from 'node:path';
import type { KeyCustody } from './custody.ts';
import type { Keyring } from './keyring.ts';
import { KeyringFile, keyringOf } from './keyring-file.ts';
import { LocalCustody } from './local-custody.ts';

/**
 * Where this installation has its keyring. `kept` is made at the first start, beside the data, and
 * not in production.
 */
export type KeyringSource =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'kept'; readonly path: string };

/** A keyring file is read again when it changes, so that keys rotate without a restart. */
export function keyringSource(
  file: string | undefined,
  text: string | undefined,
  dataDir: string,
): KeyringSource {
  if (file !== undefined) return { kind: 'file', path: resolve(file) };
  return text === undefined
    ? { kind: 'kept', path: join(dataDir, 'keyring.json') }
    : { kind: 'text', text };
}

/** Throws a readable error if the keyring cannot be used. */
export function openCustody(source: KeyringSource, now: Date): KeyCustody {
  if (source.kind === 'text') {
    const keyring = keyringOf(source.text, 'SECRETS_KEYRING');
    return new LocalCustody(() => keyring);
  }
  const file = new KeyringFile(source.path);
  if (source.kind === 'kept') file.ensure(now);
  file.read();
  return new LocalCustody(() => file.read());
}

/**
 * The keyring as it is now, for an operator's command. The server itself only needs {@link
 * openCustody}.
 */
export function readKeyring(source: KeyringSource): Keyring {
  return source.kind === 'text'
    ? keyringOf(source.text, 'SECRETS_KEYRING')
    : new KeyringFile(source.path).read();
}

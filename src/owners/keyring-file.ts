import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { formatKeyring, type Keyring, parseKeyring, withNewKey } from './keyring.ts';

/** A keyring kept in a file that only this user may read. */
export class KeyringFile {
  readonly path: string;
  #read: { readonly stamp: string; readonly keyring: Keyring } | undefined;

  constructor(path: string) {
    this.path = path;
  }

  /** The keyring as the file has it now; the file is read again only when it has changed. */
  read(): Keyring {
    const { ino, mtimeNs, size } = statSync(this.path, { bigint: true });
    const stamp = `${ino}/${mtimeNs}/${size}`;
    if (this.#read?.stamp !== stamp)
      this.#read = { stamp, keyring: keyringOf(readFileSync(this.path, 'utf8'), this.path) };
    return this.#read.keyring;
  }

  /** Puts `keyring` in place of the one there, whole: a machine that stops meanwhile has one or the other. */
  replace(keyring: Keyring): void {
    const fresh = `${this.path}.${process.pid}.new`;
    const file = openSync(fresh, 'w', 0o600);
    try {
      writeFileSync(file, formatKeyring(keyring));
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(fresh, this.path);
  }

  /** Makes the first keyring where there is none; of two that do so at once, one wins and both use its. */
  ensure(now: Date): void {
    mkdirSync(dirname(this.path), { recursive: true });
    try {
      writeFileSync(this.path, formatKeyring(withNewKey({ keys: [] }, now)), {
        mode: 0o600,
        flag: 'wx',
        flush: true,
      });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

/** The keyring in `text`; throws in words, without a word of it. */
export function keyringOf(text: string, from: string): Keyring {
  const parsed = parseKeyring(text);
  if (!parsed.ok)
    throw new Error(`The keyring of ${from} cannot be used: ${parsed.refusal.detail?.problem}`);
  return parsed.value;
}

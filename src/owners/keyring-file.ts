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

  /** The keyring in the file. The file is read again only if it changed. */
  read(): Keyring {
    const { ino, mtimeNs, size } = statSync(this.path, { bigint: true });
    const stamp = `${ino}/${mtimeNs}/${size}`;
    if (this.#read?.stamp !== stamp)
      this.#read = { stamp, keyring: keyringOf(readFileSync(this.path, 'utf8'), this.path) };
    return this.#read.keyring;
  }

  /** Replaces the whole keyring. If the machine stops, the file has the old or the new one. */
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

  /**
   * Makes the first keyring if there is none. Of two processes at once, one wins and both use its
   * keyring.
   */
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

/** Parses `text`. The error message contains nothing of it. */
export function keyringOf(text: string, from: string): Keyring {
  const parsed = parseKeyring(text);
  if (!parsed.ok)
    throw new Error(`The keyring of ${from} cannot be used: ${parsed.refusal.detail?.problem}`);
  return parsed.value;
}

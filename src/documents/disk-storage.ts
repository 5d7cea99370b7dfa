import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { DocumentId } from '../kernel/ids.ts';
import type { DocumentStorage } from './ports/storage.ts';

const NAME = /^doc_[\w-]{22}$/;

/** Documents as files in a folder that only this process may read. */
export class DiskStorage implements DocumentStorage {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Writes a second file, syncs and renames it. After a crash the document is whole or absent. */
  async put(id: DocumentId, sealed: Uint8Array): Promise<void> {
    const path = this.#pathOf(id);
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const file = await open(`${path}.part`, 'wx', 0o600);
    try {
      await file.writeFile(sealed);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(`${path}.part`, path);
  }

  async get(id: DocumentId): Promise<Buffer | undefined> {
    try {
      return await readFile(this.#pathOf(id));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  async remove(id: DocumentId): Promise<void> {
    await rm(this.#pathOf(id), { force: true });
  }

  /** Checks a name before it becomes a path, although names come from the database. */
  #pathOf(id: DocumentId): string {
    if (!NAME.test(id)) throw new Error('a document has a name that is none');
    return join(this.#folder, id);
  }
}

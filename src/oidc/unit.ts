import { AsyncLocalStorage } from 'node:async_hooks';
import type { Account } from '../accounts/account.ts';
import { type Database, isDeadConnection, type Tx } from '../store/database.ts';
import { type Artifact, type ArtifactWrite, asRead } from './artifact.ts';
import {
  type ArtifactBatch,
  findArtifacts,
  findSessionByUid,
  recordProofs,
  writeArtifacts,
} from './artifacts.store.ts';

/**
 * A domain write that commits or fails with the request's artifacts. It may return a function that
 * runs once after the commit.
 */
// biome-ignore lint/suspicious/noConfusingVoidType: most writes give nothing back
export type DeferredWrite = (tx: Tx) => Promise<(() => void) | void>;

const named = (model: string, key: string): string => `${model}:${key}`;

/**
 * One unit of work per request. It collects the writes, remembers the reads, and sends all writes
 * in one statement just before the answer. So a request that lost a race leaves nothing behind.
 */
export class UnitOfWork {
  readonly db: Database;
  /** Selects which of a session's grants the first lookup returns. */
  readonly clientId: string | undefined;
  /** Set if the database was not reachable. The answer says so, and nothing is written. */
  failed = false;
  #open = true;
  readonly #known = new Map<string, Artifact>();
  readonly #asked = new Map<string, Promise<void>>();
  readonly #saved = new Map<string, ArtifactWrite>();
  readonly #moved = new Map<string, ArtifactWrite & { from: string }>();
  readonly #consumed = new Map<string, { model: string; key: string }>();
  readonly #removed = new Map<string, { model: string; key: string }>();
  readonly #ended = new Set<string>();
  readonly #revoked: { model: string; grantId: string }[] = [];
  readonly #proofs = new Map<string, ArtifactWrite>();
  readonly #deferred: DeferredWrite[] = [];

  constructor(db: Database, clientId?: string) {
    this.db = db;
    this.clientId = clientId;
  }

  /**
   * Returns what this request wrote, or else what the database has. Each key is read once, for all
   * models.
   */
  async find(model: string, key: string): Promise<Artifact | undefined> {
    const name = named(model, key);
    const written =
      this.#saved.get(name) ?? (model === 'Session' ? this.#moved.get(key) : undefined);
    if (written) return asRead(written);
    if (this.#gone(model, key)) return undefined;
    if (!this.#known.has(name)) await this.#ask(key);
    const found = this.#known.get(name);
    if (!found || this.#isRevoked(found)) return undefined;
    return found.consumedAt === null && this.#consumed.has(name)
      ? { ...found, consumedAt: Date.now() / 1000, consumedFor: 0 }
      : found;
  }

  async findSessionByUid(uid: string): Promise<Artifact | undefined> {
    const ofUid = ({ model, uid: theirs }: { model: string; uid: string | null }): boolean =>
      model === 'Session' && theirs === uid;
    const written = [...this.#saved.values(), ...this.#moved.values()].find(ofUid);
    if (written) return asRead(written);
    let found = [...this.#known.values()].find(ofUid);
    if (!found) {
      found = await findSessionByUid(this.db, uid);
      if (found) this.#known.set(named('Session', found.key), found);
    }
    return found && this.#gone('Session', found.key) ? undefined : found;
  }

  /** The account that was read with an artifact of this request, if any. */
  accountBeside(id: string): Account | undefined {
    const row = this.#known.get(named('Account', id));
    return row && (JSON.parse(row.payload) as Account);
  }

  save(write: ArtifactWrite): void {
    this.#mustBeOpen();
    const name = named(write.model, write.key);
    if (write.model === 'Session') {
      if (this.#ended.has(write.key)) return;
      // A stored session has a new id. Its row moves, so that `uid` stays unique and the old id is
      // free.
      const from =
        this.#moved.get(write.key)?.from ??
        [...this.#ended].find((key) => this.#known.get(named('Session', key))?.uid === write.uid);
      if (from !== undefined) {
        this.#ended.delete(from);
        this.#moved.set(write.key, { ...write, from });
        return;
      }
    }
    this.#removed.delete(name);
    this.#saved.set(name, write);
  }

  consume(model: string, key: string): void {
    this.#mustBeOpen();
    this.#consumed.set(named(model, key), { model, key });
  }

  remove(model: string, key: string): void {
    this.#mustBeOpen();
    const name = named(model, key);
    this.#saved.delete(name);
    this.#consumed.delete(name);
    if (model !== 'Session') this.#removed.set(name, { model, key });
    else if (![...this.#moved.values()].some(({ from }) => from === key)) this.#ended.add(key);
  }

  revoke(model: string, grantId: string): void {
    this.#mustBeOpen();
    for (const [name, write] of this.#saved)
      if (write.model === model && write.grantId === grantId) this.#saved.delete(name);
    this.#revoked.push({ model, grantId });
  }

  /** Records a proof. False if this same request presented it before. */
  prove(write: ArtifactWrite): boolean {
    this.#mustBeOpen();
    if (this.#proofs.has(write.key)) return false;
    this.#proofs.set(write.key, write);
    return true;
  }

  hasProof(key: string): boolean {
    return this.#proofs.has(key);
  }

  defer(write: DeferredWrite): void {
    this.#mustBeOpen();
    this.#deferred.push(write);
  }

  get consumedModels(): readonly string[] {
    return [...this.#consumed.values()].map(({ model }) => model);
  }

  /**
   * Sends the writes: one statement, or one short transaction if there are deferred domain writes.
   */
  async flush(): Promise<void> {
    this.#open = false;
    const batch = this.#batch();
    const empty = Object.values(batch).every((list) => list.length === 0);
    if (empty && this.#deferred.length === 0) return;
    try {
      if (this.#deferred.length === 0) return await writeArtifacts(this.db, batch);
      const written = await this.db.transaction(async (tx) => {
        if (!empty) await writeArtifacts(tx, batch);
        const done = [];
        for (const write of this.#deferred) done.push(await write(tx));
        return done;
      });
      for (const afterwards of written) afterwards?.();
    } catch (error) {
      // A proof is used up, whatever the result of its request.
      if (batch.proofs.length > 0 && !isDeadConnection(error))
        await recordProofs(this.db, batch.proofs);
      throw error;
    }
  }

  #batch(): ArtifactBatch {
    return {
      saved: [...this.#saved.values()],
      moved: [...this.#moved.values()],
      consumed: [...this.#consumed.values()],
      removed: [...this.#removed.values()],
      ended: [...this.#ended],
      revoked: this.#revoked,
      proofs: [...this.#proofs.values()],
    };
  }

  /** One statement per key, shared by concurrent callers. */
  async #ask(key: string): Promise<void> {
    let asked = this.#asked.get(key);
    if (!asked) {
      asked = findArtifacts(this.db, key, this.clientId).then((found) => {
        for (const artifact of found) {
          const name = named(artifact.model, artifact.key);
          if (!this.#known.has(name)) this.#known.set(name, artifact);
        }
      });
      this.#asked.set(key, asked);
    }
    try {
      await asked;
    } catch (error) {
      this.#asked.delete(key);
      throw error;
    }
  }

  #gone(model: string, key: string): boolean {
    if (model !== 'Session') return this.#removed.has(named(model, key));
    return this.#ended.has(key) || [...this.#moved.values()].some(({ from }) => from === key);
  }

  #isRevoked({ model, payload }: Artifact): boolean {
    return this.#revoked.some(
      (revoked) => revoked.model === model && JSON.parse(payload).grantId === revoked.grantId,
    );
  }

  #mustBeOpen(): void {
    if (!this.#open)
      throw new Error('the unit of work is closed: this write came after the flush began');
  }
}

const units = new AsyncLocalStorage<UnitOfWork>();

/** The unit of work of this request, if one is open over `db`. */
export function openUnit(db?: Database): UnitOfWork | undefined {
  const unit = units.getStore();
  return unit && (db === undefined || unit.db === db) ? unit : undefined;
}

export async function withinUnit<T>(unit: UnitOfWork, work: () => Promise<T>): Promise<T> {
  return await units.run(unit, work);
}

/**
 * Adds a write that commits with the request's artifacts, after them, in the same transaction. If
 * it throws, everything is rolled back and the answer becomes that error. It may run again after a
 * deadlock, so it must have no effect outside the database. It may set the answer's body, which is
 * not sent yet.
 */
export function deferWrite(write: DeferredWrite): void {
  const unit = units.getStore();
  if (!unit) throw new Error('no unit of work is open here');
  unit.defer(write);
}

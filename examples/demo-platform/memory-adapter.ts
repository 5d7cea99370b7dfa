import type { Adapter, AdapterPayload } from 'oidc-provider';

const rows = new Map<string, { payload: AdapterPayload; until: number }>();
/** Enough for a demo; the oldest go first. */
const MOST = 5_000;

/** Keeps everything in memory: what this platform knows is gone with its process. */
export class MemoryAdapter implements Adapter {
  readonly #model: string;

  constructor(model: string) {
    this.#model = model;
  }

  async upsert(id: string, payload: AdapterPayload, expiresIn: number): Promise<void> {
    rows.delete(this.#key(id));
    rows.set(this.#key(id), { payload, until: Date.now() + expiresIn * 1_000 });
    const [oldest] = rows.keys();
    if (rows.size > MOST && oldest !== undefined) rows.delete(oldest);
  }

  async find(id: string): Promise<AdapterPayload | undefined> {
    const row = rows.get(this.#key(id));
    return row && row.until > Date.now() ? row.payload : undefined;
  }

  async findByUid(uid: string): Promise<AdapterPayload | undefined> {
    for (const [key, { payload }] of rows)
      if (key.startsWith(`${this.#model}:`) && payload.uid === uid) return payload;
    return undefined;
  }

  async findByUserCode(): Promise<undefined> {
    return undefined;
  }

  async consume(id: string): Promise<void> {
    const row = rows.get(this.#key(id));
    if (row) row.payload = { ...row.payload, consumed: Math.floor(Date.now() / 1_000) };
  }

  async destroy(id: string): Promise<void> {
    rows.delete(this.#key(id));
  }

  async revokeByGrantId(grantId: string): Promise<void> {
    for (const [key, { payload }] of rows) if (payload.grantId === grantId) rows.delete(key);
  }

  #key(id: string): string {
    return `${this.#model}:${id}`;
  }
}

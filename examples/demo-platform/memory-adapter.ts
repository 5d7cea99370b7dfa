import type { Adapter, AdapterPayload, ClientMetadata } from 'oidc-provider';

export type Rows = Map<string, { payload: AdapterPayload; until: number }>;

/** Enough for a demo; the oldest go first. */
const MOST = 5_000;

/** Keeps everything in memory: what this platform knows is gone with its process. */
export class MemoryAdapter implements Adapter {
  readonly #model: string;
  readonly #rows: Rows;
  readonly #clients: readonly ClientMetadata[];

  constructor(model: string, rows: Rows, clients: readonly ClientMetadata[]) {
    this.#model = model;
    this.#rows = rows;
    this.#clients = clients;
  }

  async upsert(id: string, payload: AdapterPayload, expiresIn: number): Promise<void> {
    this.#rows.delete(this.#key(id));
    this.#rows.set(this.#key(id), { payload, until: Date.now() + expiresIn * 1_000 });
    const [oldest] = this.#rows.keys();
    if (this.#rows.size > MOST && oldest !== undefined) this.#rows.delete(oldest);
  }

  async find(id: string): Promise<AdapterPayload | undefined> {
    if (this.#model === 'Client')
      return this.#clients.find((client) => client.client_id === id) as AdapterPayload | undefined;
    const row = this.#rows.get(this.#key(id));
    return row && row.until > Date.now() ? row.payload : undefined;
  }

  async findByUid(uid: string): Promise<AdapterPayload | undefined> {
    for (const [key, { payload }] of this.#rows)
      if (key.startsWith(`${this.#model}:`) && payload.uid === uid) return payload;
    return undefined;
  }

  async findByUserCode(): Promise<undefined> {
    return undefined;
  }

  async consume(id: string): Promise<void> {
    const row = this.#rows.get(this.#key(id));
    if (row) row.payload = { ...row.payload, consumed: Math.floor(Date.now() / 1_000) };
  }

  async destroy(id: string): Promise<void> {
    this.#rows.delete(this.#key(id));
  }

  async revokeByGrantId(grantId: string): Promise<void> {
    for (const [key, { payload }] of this.#rows)
      if (payload.grantId === grantId) this.#rows.delete(key);
  }

  #key(id: string): string {
    return `${this.#model}:${id}`;
  }
}

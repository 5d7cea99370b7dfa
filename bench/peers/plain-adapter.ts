import type { Adapter, AdapterPayload } from 'oidc-provider';
import type pg from 'pg';

export const SCHEMA = `
  create table oidc_payloads (
    model text not null, id text not null, payload jsonb not null, grant_id text, user_code text, uid text,
    expires_at timestamptz, consumed_at timestamptz, primary key (model, id));
  create index on oidc_payloads (grant_id);
  create index on oidc_payloads (uid);
  create index on oidc_payloads (user_code);`;

type Query = (text: string, values: readonly unknown[]) => Promise<pg.QueryResult>;

interface Row {
  readonly payload: AdapterPayload;
  readonly expires_at: Date | null;
  readonly consumed_at: Date | null;
}

/** A typical community adapter for SQL: one statement per operation, and nothing shared. */
export class PlainAdapter implements Adapter {
  readonly #model: string;
  readonly #query: Query;

  constructor(model: string, query: Query) {
    this.#model = model;
    this.#query = query;
  }

  async upsert(id: string, payload: AdapterPayload, expiresIn?: number): Promise<void> {
    const expiresAt = expiresIn ? new Date(Date.now() + expiresIn * 1000) : null;
    await this.#query(
      `insert into oidc_payloads (model, id, payload, grant_id, user_code, uid, expires_at) values ($1, $2, $3, $4, $5, $6, $7)
       on conflict (model, id) do update set payload = excluded.payload, grant_id = excluded.grant_id,
         user_code = excluded.user_code, uid = excluded.uid, expires_at = excluded.expires_at`,
      [
        this.#model,
        id,
        payload,
        payload.grantId ?? null,
        payload.userCode ?? null,
        payload.uid ?? null,
        expiresAt,
      ],
    );
  }

  async find(id: string): Promise<AdapterPayload | undefined> {
    return await this.#findBy('id', id);
  }

  async findByUid(uid: string): Promise<AdapterPayload | undefined> {
    return await this.#findBy('uid', uid);
  }

  async findByUserCode(userCode: string): Promise<AdapterPayload | undefined> {
    return await this.#findBy('user_code', userCode);
  }

  async consume(id: string): Promise<void> {
    await this.#query('update oidc_payloads set consumed_at = now() where model = $1 and id = $2', [
      this.#model,
      id,
    ]);
  }

  async destroy(id: string): Promise<void> {
    await this.#query('delete from oidc_payloads where model = $1 and id = $2', [this.#model, id]);
  }

  async revokeByGrantId(grantId: string): Promise<void> {
    await this.#query('delete from oidc_payloads where model = $1 and grant_id = $2', [
      this.#model,
      grantId,
    ]);
  }

  async #findBy(
    column: 'id' | 'uid' | 'user_code',
    value: string,
  ): Promise<AdapterPayload | undefined> {
    const text = `select payload, expires_at, consumed_at from oidc_payloads where model = $1 and ${column} = $2`;
    const [row] = (await this.#query(text, [this.#model, value])).rows as Row[];
    if (!row || (row.expires_at && row.expires_at.getTime() <= Date.now())) return undefined;
    return row.consumed_at
      ? { ...row.payload, consumed: Math.floor(row.consumed_at.getTime() / 1000) }
      : row.payload;
  }
}

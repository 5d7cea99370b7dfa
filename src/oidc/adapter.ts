import {
  type Adapter,
  type AdapterFactory,
  type AdapterPayload,
  errors,
  Provider,
} from 'oidc-provider';
import type { Account } from '../accounts/account.ts';
import { findAccount } from '../accounts/accounts.store.ts';
import type { Database } from '../store/database.ts';
import {
  type Artifact,
  type ArtifactWrite,
  fromArtifact,
  isPresentable,
  keyOf,
  markedKey,
  toWrite,
} from './artifact.ts';
import {
  type ArtifactBatch,
  ArtifactConflict,
  findArtifacts,
  findSessionByUid,
  writeArtifacts,
} from './artifacts.store.ts';
import type { ClientRegistry } from './client-registry.ts';
import { callDatabase, readWithRetry } from './failure.ts';
import { refusedAt } from './refusals.ts';
import { openUnit } from './unit.ts';

/**
 * A consumed code or refresh token may come again this soon after a race or a lost answer. It is
 * only refused. Later it is theft, and oidc-provider revokes the grant (RFC 9700 §4.14.2;
 * docs/decisions/0001-reuse-of-consumed-tokens.md).
 */
const GRACE_SECONDS = 10;
const FORGIVEN: ReadonlySet<string> = new Set(['AuthorizationCode', 'RefreshToken']);

const NOTHING: ArtifactBatch = {
  saved: [],
  moved: [],
  consumed: [],
  removed: [],
  ended: [],
  revoked: [],
  proofs: [],
};

export function adapterOver(db: Database, clients: ClientRegistry): AdapterFactory {
  return (model) =>
    model === 'Client' ? new ClientAdapter(clients) : new ArtifactAdapter(db, model);
}

/**
 * Artifacts go through the request's unit of work. If there is none (jobs, commands), each call is
 * one statement.
 */
class ArtifactAdapter implements Adapter {
  readonly #db: Database;
  readonly #model: string;

  constructor(db: Database, model: string) {
    this.#db = db;
    this.#model = model;
  }

  async find(id: string): Promise<AdapterPayload | undefined> {
    if (!isPresentable(id)) return undefined;
    const key = keyOf(this.#model, id);
    const unit = openUnit(this.#db);
    // A proof is not looked up. The write itself finds out if the proof is new, so no time passes
    // between the two.
    if (this.#model === 'ReplayDetection') return unit?.hasProof(key) ? { jti: id } : undefined;
    const found = await readWithRetry(async () =>
      unit
        ? await unit.find(this.#model, key)
        : (await findArtifacts(this.#db, key, undefined)).find(
            ({ model }) => model === this.#model,
          ),
    );
    return found && this.#forHolder(found, id);
  }

  async findByUid(uid: string): Promise<AdapterPayload | undefined> {
    const unit = openUnit(this.#db);
    const found = await readWithRetry(
      async () => await (unit ? unit.findSessionByUid(uid) : findSessionByUid(this.#db, uid)),
    );
    return found && fromArtifact(found, markedKey(found.key));
  }

  /** The device flow is off (features.ts), so nothing has a user code. */
  async findByUserCode(): Promise<undefined> {}

  async upsert(id: string, payload: AdapterPayload, ttl?: number): Promise<void> {
    const write = toWrite(this.#model, id, payload, ttl);
    const unit = openUnit(this.#db);
    if (this.#model === 'ReplayDetection') {
      if (unit) unit.prove(write);
      else await this.#now({ proofs: [write] });
    } else if (unit) unit.save(write);
    else await this.#now({ saved: [write] });
  }

  async consume(id: string): Promise<void> {
    const one = { model: this.#model, key: keyOf(this.#model, id) };
    const unit = openUnit(this.#db);
    if (unit) unit.consume(one.model, one.key);
    else await this.#now({ consumed: [one] });
  }

  async destroy(id: string): Promise<void> {
    const one = { model: this.#model, key: keyOf(this.#model, id) };
    const unit = openUnit(this.#db);
    if (unit) unit.remove(one.model, one.key);
    else await this.#now(one.model === 'Session' ? { ended: [one.key] } : { removed: [one] });
  }

  async revokeByGrantId(grantId: string): Promise<void> {
    const unit = openUnit(this.#db);
    if (unit) unit.revoke(this.#model, grantId);
    else await this.#now({ revoked: [{ model: this.#model, grantId }] });
  }

  #forHolder(found: Artifact, id: string): AdapterPayload {
    const early = found.consumedFor !== null && found.consumedFor < GRACE_SECONDS;
    // Only for redemption. Introspection and revocation see it as consumed.
    if (early && FORGIVEN.has(this.#model) && Provider.ctx?.oidc.route === 'token') {
      throw refusedAt('OIDC-1A0', new errors.InvalidGrant('already used'));
    }
    return fromArtifact(found, id);
  }

  async #now(
    part: Partial<ArtifactBatch> & { readonly proofs?: readonly ArtifactWrite[] },
  ): Promise<void> {
    try {
      await callDatabase(async () => await writeArtifacts(this.#db, { ...NOTHING, ...part }));
    } catch (error) {
      if (!(error instanceof ArtifactConflict)) throw error;
      throw this.#model === 'PushedAuthorizationRequest'
        ? refusedAt(
            'OIDC-1A1',
            new errors.InvalidRequestUri('request_uri is invalid, expired, or was already used'),
          )
        : refusedAt('OIDC-1A2', new errors.InvalidGrant('already used'));
    }
  }
}

class ClientAdapter implements Adapter {
  readonly #clients: ClientRegistry;

  constructor(clients: ClientRegistry) {
    this.#clients = clients;
  }

  async find(id: string): Promise<AdapterPayload | undefined> {
    return (await readWithRetry(async () => await this.#clients.find(id)))?.metadata;
  }

  async upsert(_id: string, payload: AdapterPayload): Promise<void> {
    await callDatabase(async () => await this.#clients.save(payload));
  }

  async destroy(id: string): Promise<void> {
    await callDatabase(async () => await this.#clients.remove(id));
  }

  // oidc-provider never asks these of clients.
  async findByUid(): Promise<undefined> {}
  async findByUserCode(): Promise<undefined> {}
  async consume(): Promise<void> {}
  async revokeByGrantId(): Promise<void> {}
}

/** Finds an account, from what this request has already read if possible. */
export async function findAccountOnce(db: Database, id: string): Promise<Account | undefined> {
  return (
    openUnit(db)?.accountBeside(id) ?? (await readWithRetry(async () => await findAccount(db, id)))
  );
}

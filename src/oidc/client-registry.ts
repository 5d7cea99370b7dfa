import { hash, randomBytes } from 'node:crypto';
import type { AdapterPayload, ClientMetadata } from 'oidc-provider';
import { sameBytes } from '../kernel/secrets.ts';
import type { Database } from '../store/database.ts';
import { type ClientRow, deleteClient, findClient, saveClient } from './clients.store.ts';
import { openUnit } from './unit.ts';

/** How long this process may miss a change by another worker. */
const FRESH_MILLISECONDS = 5_000;
const MOST_CLIENTS = 1_000;

/**
 * `sha256:` + hex. That is enough, because secrets are created here with 512 random bits. People do
 * not choose client secrets.
 */
export function hashClientSecret(secret: string): string {
  return `sha256:${hash('sha256', secret)}`;
}

interface Entry {
  readonly row: Promise<ClientRow | undefined>;
  readonly until: number;
}

/**
 * The clients, cached in the process for some seconds. Every request needs one, and oidc-provider
 * asks several times.
 */
export class ClientRegistry {
  readonly #db: Database;
  readonly #entries = new Map<string, Entry>();
  /**
   * oidc-provider requires a secret in a confidential client's metadata. This one belongs to no
   * client and is not stored.
   */
  readonly #placeholder = randomBytes(32).toString('base64url');

  constructor(db: Database) {
    this.#db = db;
  }

  async find(clientId: string): Promise<ClientRow | undefined> {
    const known = this.#entries.get(clientId);
    if (known && known.until > performance.now()) return await known.row;
    this.#entries.delete(clientId);
    if (this.#entries.size >= MOST_CLIENTS)
      this.#entries.delete(this.#entries.keys().next().value as string);
    const row = this.#read(clientId);
    this.#entries.set(clientId, { row, until: performance.now() + FRESH_MILLISECONDS });
    try {
      const found = await row;
      if (!found) this.#entries.delete(clientId);
      return found;
    } catch (error) {
      this.#entries.delete(clientId);
      throw error;
    }
  }

  /**
   * Stores what a client registers of itself, with only the hash of the secret. Commits with the
   * request if there is one.
   */
  async save(registered: AdapterPayload): Promise<void> {
    const {
      client_secret: secret,
      account_binding_unverified: _,
      ...metadata
    } = registered as ClientMetadata;
    const secretHash =
      secret === undefined || secret === this.#placeholder ? null : hashClientSecret(secret);
    const row: ClientRow = { metadata: metadata as ClientMetadata, secretHash };
    const unit = openUnit(this.#db);
    if (unit) unit.defer(async (tx) => await saveClient(tx, row, 'self'));
    else await saveClient(this.#db, row, 'self');
    this.#entries.delete(metadata.client_id as string);
  }

  async remove(clientId: string): Promise<void> {
    const unit = openUnit(this.#db);
    if (unit) unit.defer(async (tx) => await deleteClient(tx, clientId));
    else await deleteClient(this.#db, clientId);
    this.#entries.delete(clientId);
  }

  async hasSecret(clientId: string, presented: string): Promise<boolean> {
    const row = await this.find(clientId);
    const hashed = Buffer.from(hashClientSecret(presented));
    // Both are compared, so that the time does not tell which one it was.
    const [now, before] = [row?.secretHash, row?.previousSecretHash].map(
      (stored) => typeof stored === 'string' && sameBytes(hashed, Buffer.from(stored)),
    );
    return now === true || before === true;
  }

  async #read(clientId: string): Promise<ClientRow | undefined> {
    const row = await findClient(this.#db, clientId);
    return (
      row && {
        ...row,
        metadata: {
          ...row.metadata,
          ...(row.secretHash ? { client_secret: this.#placeholder } : {}),
          ...(row.unverified ? { account_binding_unverified: true } : {}),
        },
      }
    );
  }
}

import { deflateSync } from 'node:zlib';
import { findSetEntries, findStatusList, findStatusLists } from '../binding/status.store.ts';
import { numericDate } from '../kernel/time.ts';
import type { Database } from '../store/database.ts';
import type { BindingTokenSigner } from './binding-token.ts';

export const STATUS_LIST_TYP = 'statuslist+jwt';

/** How long a relying party may keep a list; a change shows within this time (docs/protocol.md#status-list: 5 s). */
export const STATUS_TTL_SECONDS = 5;

/** How long one is kept here before the database is asked for its version again. */
const RECHECK_MS = 1_000;
const BITS = 2;

/** Packs statuses two bits each, least significant first (Token Status List §4.1), and compresses with zlib. */
export function encodeStatuses(
  size: number,
  set: readonly { readonly idx: number; readonly status: number }[],
): string {
  const perByte = 8 / BITS;
  const bytes = Buffer.alloc(Math.ceil(size / perByte));
  for (const { idx, status } of set) {
    const at = Math.floor(idx / perByte);
    bytes[at] = (bytes[at] ?? 0) | (status << ((idx % perByte) * BITS));
  }
  return deflateSync(bytes, { level: 9 }).toString('base64url');
}

interface Kept {
  readonly version: number;
  readonly token: string;
  /** Names this very signature: a list signed anew is another one to a cache, its statuses changed or not. */
  readonly tag: string;
  readonly validUntil: number;
  checkedAt: number;
}

/** Signed status lists (OAuth Token Status List), rebuilt only when their version in the database has risen. */
export class StatusLists {
  readonly #db: Database;
  readonly #signer: BindingTokenSigner;
  readonly #issuer: string;
  readonly #kept = new Map<number, Kept>();

  constructor(deps: {
    readonly db: Database;
    readonly signer: BindingTokenSigner;
    readonly issuer: string;
  }) {
    this.#db = deps.db;
    this.#signer = deps.signer;
    this.#issuer = deps.issuer;
  }

  /** The list as a `statuslist+jwt`, and its ETag; undefined when there is none of that number. */
  async read(id: number): Promise<{ readonly token: string; readonly tag: string } | undefined> {
    const now = Date.now();
    const kept = this.#kept.get(id);
    if (kept && now < kept.validUntil && now - kept.checkedAt < RECHECK_MS) return kept;
    // The version before the entries: a change between the two is built in now or found at the next look, never lost.
    const list = await findStatusList(this.#db, id);
    if (!list) return undefined;
    if (kept && now < kept.validUntil && kept.version === list.version) {
      kept.checkedAt = now;
      return kept;
    }
    const lst = encodeStatuses(list.size, await findSetEntries(this.#db, id));
    const iat = numericDate(new Date(now));
    const token = await this.#signer.signAs(STATUS_LIST_TYP, {
      iss: this.#issuer,
      sub: `${this.#issuer}/status/${id}`,
      iat,
      exp: iat + 3600,
      ttl: STATUS_TTL_SECONDS,
      status_list: { bits: BITS, lst },
    });
    const built: Kept = {
      version: list.version,
      token,
      tag: `"${id}-${list.version}-${iat}"`,
      validUntil: now + 1_800_000,
      checkedAt: now,
    };
    this.#kept.set(id, built);
    return built;
  }

  /** Every list's address (Token Status List §9.3, aggregation). */
  async aggregate(): Promise<{ readonly status_lists: readonly string[] }> {
    return {
      status_lists: (await findStatusLists(this.#db)).map((id) => `${this.#issuer}/status/${id}`),
    };
  }
}

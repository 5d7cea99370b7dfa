import { deflateSync } from 'node:zlib';
import { findSetEntries, findStatusList, findStatusLists } from '../binding/status.store.ts';
import { numericDate } from '../kernel/time.ts';
import type { Lifetimes } from '../lifetimes.ts';
import type { Database } from '../store/database.ts';
import type { BindingTokenSigner } from './binding-token.ts';

const STATUS_LIST_TYP = 'statuslist+jwt';

/**
 * How long a relying party may keep a list (docs/protocol.md#status-list): a change shows within 5
 * s.
 */
export const STATUS_TTL_SECONDS = 5;

/** How long a list is kept here before its version is read again. */
const RECHECK_MS = 1_000;
const BITS = 2;

/** Packs statuses, two bits each, least significant first (Token Status List §4.1), with zlib. */
function encodeStatuses(
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
  /** Names this signature: for a cache, a list that is signed again is a new one. */
  readonly tag: string;
  readonly validUntil: number;
  checkedAt: number;
}

/** Signed status lists (OAuth Token Status List). One is built again when its version has risen. */
export class StatusLists {
  readonly #db: Database;
  readonly #signer: BindingTokenSigner;
  readonly #issuer: string;
  readonly #lifetimeSeconds: number;
  readonly #kept = new Map<number, Kept>();

  constructor(deps: {
    readonly db: Database;
    readonly signer: BindingTokenSigner;
    readonly issuer: string;
    readonly lifetimes: Lifetimes;
  }) {
    this.#db = deps.db;
    this.#signer = deps.signer;
    this.#issuer = deps.issuer;
    this.#lifetimeSeconds = deps.lifetimes.tokens.statusList;
  }

  /** The list as a `statuslist+jwt`, and its ETag; undefined when there is no such list. */
  async read(id: number): Promise<{ readonly token: string; readonly tag: string } | undefined> {
    const now = Date.now();
    const kept = this.#kept.get(id);
    if (kept && now < kept.validUntil && now - kept.checkedAt < RECHECK_MS) return kept;
    // Read the version before the entries, so that a change in between is found at the next read.
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
      exp: iat + this.#lifetimeSeconds,
      ttl: STATUS_TTL_SECONDS,
      status_list: { bits: BITS, lst },
    });
    const built: Kept = {
      version: list.version,
      token,
      tag: `"${id}-${list.version}-${iat}"`,
      validUntil: now + this.#lifetimeSeconds * 500, // half of its life
      checkedAt: now,
    };
    this.#kept.set(id, built);
    return built;
  }

  /** The addresses of all lists (Token Status List §9.3, aggregation). */
  async aggregate(): Promise<{ readonly status_lists: readonly string[] }> {
    return {
      status_lists: (await findStatusLists(this.#db)).map((id) => `${this.#issuer}/status/${id}`),
    };
  }
}

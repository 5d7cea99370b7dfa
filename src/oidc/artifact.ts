import { hash } from 'node:crypto';
import type { AdapterPayload } from 'oidc-provider';

/** Models whose rows are deleted with their grant (`revokeByGrantId`). */
const BELONGS_TO_GRANT: ReadonlySet<string> = new Set([
  'AccessToken',
  'AuthorizationCode',
  'RefreshToken',
  'DeviceCode',
  'BackchannelAuthenticationRequest',
  'PreAuthorizedCode',
]);

/**
 * Marks an id that already is a key. Such rows were not found by the value that their holder
 * presents.
 */
const KEY_MARK = '#';
/**
 * Replaces the interaction's own id in its payload. That id is a cookie's value and must not be
 * stored.
 */
const OWN_ID = ':own-id:';

/** One row as read. */
export interface Artifact {
  readonly model: string;
  readonly key: string;
  readonly payload: string;
  readonly uid: string | null;
  /** Seconds since 1970, and seconds ago, by the database's clock. */
  readonly consumedAt: number | null;
  readonly consumedFor: number | null;
  readonly secondsLeft: number | null;
}

/** One row as written. */
export interface ArtifactWrite {
  readonly model: string;
  readonly key: string;
  readonly payload: string;
  readonly grantId: string | null;
  readonly uid: string | null;
  readonly ttl: number | null;
}

/**
 * The storage key: the SHA-256 of the value that its holder presents. So a stolen table opens
 * nothing. The id of a grant is stored as it is, because it is a name in tokens and not a bearer
 * value.
 */
export function keyOf(model: string, id: string): string {
  if (model === 'Grant') return id;
  return id.startsWith(KEY_MARK) ? id.slice(KEY_MARK.length) : hash('sha256', id, 'base64url');
}

/**
 * False for values that no holder can have received. A marked key from outside must not be
 * accepted.
 */
export function isPresentable(id: string): boolean {
  return !id.startsWith(KEY_MARK);
}

export function markedKey(key: string): string {
  return `${KEY_MARK}${key}`;
}

/**
 * Converts a payload to a row. Leaves out repeated bearer values and members that have their own
 * column.
 */
export function toWrite(
  model: string,
  id: string,
  payload: AdapterPayload,
  ttl: number | undefined,
): ArtifactWrite {
  const { jti, consumed: _column, ...kept } = payload;
  const stored: AdapterPayload = model === 'Grant' ? { ...kept, jti } : kept;
  if (stored.rar)
    stored.rar = stored.rar.map(
      ({ binding_request: _handle, ...detail }) => detail as typeof detail & { type: string },
    );
  if (model === 'Interaction') {
    if (stored.session) stored.session = { ...stored.session, cookie: undefined };
    stored.returnTo = stored.returnTo?.replaceAll(id, OWN_ID);
  }
  return {
    model,
    key: keyOf(model, id),
    payload: JSON.stringify(stored),
    grantId: BELONGS_TO_GRANT.has(model) ? (payload.grantId ?? null) : null,
    uid: model === 'Session' ? (payload.uid ?? null) : null,
    ttl: ttl ?? null,
  };
}

/** A row that is not written yet, as a read would return it. */
export function asRead({ model, key, payload, uid, ttl }: ArtifactWrite): Artifact {
  return { model, key, payload, uid, consumedAt: null, consumedFor: null, secondsLeft: ttl };
}

/** The payload of a row, as oidc-provider wrote it, for the holder of `id`. */
export function fromArtifact(artifact: Artifact, id: string): AdapterPayload {
  const payload = JSON.parse(artifact.payload) as AdapterPayload;
  payload.jti = id;
  if (artifact.consumedAt !== null) payload.consumed = artifact.consumedAt;
  if (artifact.model === 'Interaction') payload.returnTo = payload.returnTo?.replaceAll(OWN_ID, id);
  if (artifact.secondsLeft !== null) payload.exp = expiryHere(payload.exp, artifact.secondsLeft);
  return payload;
}

/**
 * The database's clock decides (docs/rules.md, rule 7). The result adapts `exp` to this process's
 * clock.
 */
function expiryHere(exp: number | undefined, secondsLeft: number): number | undefined {
  const now = Math.floor(Date.now() / 1000);
  if (exp === undefined) return undefined;
  if (secondsLeft <= 0) return Math.min(exp, now);
  return exp > now ? exp : now + Math.ceil(secondsLeft);
}

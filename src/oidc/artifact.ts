import { hash } from 'node:crypto';
import type { AdapterPayload } from 'oidc-provider';

/** Models whose rows fall with their grant (`revokeByGrantId`). */
const BELONGS_TO_GRANT: ReadonlySet<string> = new Set([
  'AccessToken',
  'AuthorizationCode',
  'RefreshToken',
  'DeviceCode',
  'BackchannelAuthenticationRequest',
  'PreAuthorizedCode',
]);

/**
 * Marks an id that already is a key, for rows that were found by something else than the value
 * their holder presents.
 */
const KEY_MARK = '#';
/**
 * Stands for the interaction's own id, which is a cookie's value, where the payload would repeat
 * it.
 */
const OWN_ID = ':own-id:';

/** One row as it is read. */
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

/** One row as it is written. */
export interface ArtifactWrite {
  readonly model: string;
  readonly key: string;
  readonly payload: string;
  readonly grantId: string | null;
  readonly uid: string | null;
  readonly ttl: number | null;
}

/**
 * What a row is stored under: the SHA-256 of the value its holder presents, so that a stolen table
 * opens nothing. A grant's id is a name that tokens carry, not a bearer value, and stays as it is.
 */
export function keyOf(model: string, id: string): string {
  if (model === 'Grant') return id;
  return id.startsWith(KEY_MARK) ? id.slice(KEY_MARK.length) : hash('sha256', id, 'base64url');
}

/**
 * False for what no holder can have been given: a marked key from outside must not be taken for a
 * key.
 */
export function isPresentable(id: string): boolean {
  return !id.startsWith(KEY_MARK);
}

export function markedKey(key: string): string {
  return `${KEY_MARK}${key}`;
}

/**
 * The row of a payload: without the bearer values that the payload repeats, and without what has a
 * column of its own.
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

/** A row that is yet to be written, as a read would find it. */
export function asRead({ model, key, payload, uid, ttl }: ArtifactWrite): Artifact {
  return { model, key, payload, uid, consumedAt: null, consumedFor: null, secondsLeft: ttl };
}

/** The payload of a row, as oidc-provider gave it, for the holder of `id`. */
export function fromArtifact(artifact: Artifact, id: string): AdapterPayload {
  const payload = JSON.parse(artifact.payload) as AdapterPayload;
  payload.jti = id;
  if (artifact.consumedAt !== null) payload.consumed = artifact.consumedAt;
  if (artifact.model === 'Interaction') payload.returnTo = payload.returnTo?.replaceAll(OWN_ID, id);
  if (artifact.secondsLeft !== null) payload.exp = expiryHere(payload.exp, artifact.secondsLeft);
  return payload;
}

/**
 * The database's clock decides (architecture rule 7): where this process's clock differs, its `exp`
 * gives way.
 */
function expiryHere(exp: number | undefined, secondsLeft: number): number | undefined {
  const now = Math.floor(Date.now() / 1000);
  if (exp === undefined) return undefined;
  if (secondsLeft <= 0) return Math.min(exp, now);
  return exp > now ? exp : now + Math.ceil(secondsLeft);
}

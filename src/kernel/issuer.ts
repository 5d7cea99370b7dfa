/**
 * The path that the whole server is under, for example `/bindery`; '' at the root of a host. Rooms
 * write their paths as if at the root, and what leaves gets this in front
 * (docs/decisions/0034-issuer-under-a-path.md).
 */
export function pathOf(issuer: string): string {
  const { pathname } = new URL(issuer);
  return pathname === '/' ? '' : pathname;
}

const SEGMENTS = /^(\/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*$/;

/** Whether the path needs no encoding, ends in no slash, and cannot be a well-known address. */
export function isPlainPath(issuer: string): boolean {
  const { origin } = new URL(issuer);
  return issuer.startsWith(origin) && SEGMENTS.test(issuer.slice(origin.length));
}

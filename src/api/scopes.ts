/** The scopes of Bindery's own resource server, `<issuer>/api/v1`. */
export const API_SCOPES = [
  'facts:write',
  'bindings:read',
  'bindings:write',
  'accounts:read',
  'accounts:write',
  'clients:read',
  'clients:write',
  'packs:read',
  'audit:read',
  // With those above: all of the installation, not only what is the caller's (docs/operators.md).
  'admin',
] as const;

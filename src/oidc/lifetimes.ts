import type { Configuration } from 'oidc-provider';
import { DAY, HOUR, MINUTE } from '../kernel/time.ts';

/** Seconds that things live. A grant's end is the end of its refresh tokens however often they were rotated. */
// biome-ignore format: a table is read by its columns
export const LIFETIMES = {
  AccessToken:       (_ctx, token) => token.resourceServer?.accessTokenTTL ?? HOUR,
  ClientCredentials: (_ctx, token) => token.resourceServer?.accessTokenTTL ?? 10 * MINUTE,
  AuthorizationCode: () => MINUTE,
  IdToken:           () => HOUR,
  RefreshToken:      () => 14 * DAY,
  Grant:             () => 90 * DAY,
  Interaction:       () => HOUR,
  Session:           () => 14 * DAY,
} satisfies Configuration['ttl'];

/** A JWT access token cannot be called back, so it is short. */
export const JWT_ACCESS_TOKEN_SECONDS = 10 * MINUTE;

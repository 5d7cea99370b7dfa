import type { InstallationSecret } from '../kernel/secrets.ts';

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

export interface SectorMetadata {
  readonly client_id: string;
  readonly sector_identifier_uri?: string | undefined;
  readonly redirect_uris?: readonly string[] | undefined;
}

/**
 * The sector that a client's pairwise subjects are computed over (OIDC Core §8.1): the host of `sector_identifier_uri`,
 * else the one host of its redirect URIs. Loopback and private-use schemes name no host of the client's own, so there,
 * and where there are several hosts, the client is its own sector: more private, never less.
 */
export function sectorOf(client: SectorMetadata): string {
  if (client.sector_identifier_uri) return new URL(client.sector_identifier_uri).host;
  const hosts = new Set(
    (client.redirect_uris ?? []).map((uri) => {
      const { protocol, host, hostname } = new URL(uri);
      return protocol === 'https:' && !LOOPBACK.has(hostname) ? host : '';
    }),
  );
  const [host] = hosts;
  return hosts.size === 1 && host ? host : `client:${client.client_id}`;
}

/** The pairwise subject identifier of an account for a sector: the same for ever, and unlinkable across sectors. */
export function subjectFor(secret: InstallationSecret, sector: string, accountId: string): string {
  return secret.hash('pairwise', `${sector}\0${accountId}`).toString('base64url');
}

/** The owner's pseudonym for an audience (`binding.owner` in docs/protocol.md#claims). */
export function ownerPseudonym(
  secret: InstallationSecret,
  sector: string,
  ownerId: string,
): string {
  return secret.hash('owner-pseudonym', `${sector}\0${ownerId}`).toString('base64url');
}

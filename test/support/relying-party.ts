import { inflateSync } from 'node:zlib';
import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose';

export interface StatusSeen {
  readonly status: number;
  readonly bits: number;
  readonly ttl: number;
  readonly cacheControl: string;
}

/**
 * The entry of a binding token in its status list, read as a relying party reads it (OAuth Token
 * Status List).
 */
export async function readStatus(issuer: string, token: string): Promise<StatusSeen> {
  const { idx, uri } = decodeJwt<{ status: { status_list: { idx: number; uri: string } } }>(token)
    .status.status_list;
  const answer = await fetch(uri, { headers: { accept: 'application/statuslist+jwt' } });
  const { payload } = await jwtVerify<{ ttl: number; status_list: { bits: number; lst: string } }>(
    await answer.text(),
    createRemoteJWKSet(new URL(`${issuer}/jwks`)),
    { typ: 'statuslist+jwt', issuer, subject: uri },
  );
  const { bits, lst } = payload.status_list;
  const perByte = 8 / bits;
  const byte = inflateSync(Buffer.from(lst, 'base64url'))[Math.floor(idx / perByte)] ?? 0;
  return {
    status: (byte >> ((idx % perByte) * bits)) & (2 ** bits - 1),
    bits,
    ttl: payload.ttl,
    cacheControl: answer.headers.get('cache-control') ?? '',
  };
}

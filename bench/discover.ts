import { json, send, Unexpected } from './http.ts';

export interface Endpoints {
  readonly authorization_endpoint: string;
  readonly token_endpoint: string;
  readonly introspection_endpoint: string;
  readonly userinfo_endpoint: string;
  readonly jwks_uri: string;
  readonly binding_request_endpoint?: string;
}

export async function discover(issuer: string): Promise<Endpoints> {
  const answer = await send(new URL('/.well-known/openid-configuration', issuer));
  const found = json(answer, 200) as unknown as Endpoints & { issuer: string };
  if (found.issuer !== issuer) throw new Unexpected(`the issuer should be ${issuer}`, answer);
  return found;
}

import { ACCOUNT_BINDING_GRANT, endpoint } from '../app.ts';
import type { Scene } from '../world.ts';

/** The server's metadata. openid-client has checked its issuer. */
export const discovery: Scene = {
  title: 'What the server offers',
  about:
    'Everything an app needs to know is in the metadata (OpenID Connect Discovery, docs/protocol.md#discovery).',
  shows: ['R6'],
  async play({ web, report, issuer }) {
    const metadata = web.config.serverMetadata() as unknown as Readonly<Record<string, unknown>>;
    const lists = (name: string, value: string) => [metadata[name]].flat().includes(value);
    const names = [
      'pushed_authorization_request_endpoint',
      'binding_request_endpoint',
      'binding_verification_uri',
      'token_endpoint',
      'jwks_uri',
    ];
    const elsewhere = names.filter((name) => new URL(endpoint(web, name)).origin !== issuer.origin);
    report.check(
      'R6',
      'the metadata names the endpoints of the binding grant, all at the issuer',
      elsewhere.length === 0,
      elsewhere,
    );
    report.check(
      'R6',
      'it offers PKCE S256 alone, PAR, RAR of type account_binding, `iss` in answers, and the account-binding grant',
      String(metadata.code_challenge_methods_supported) === 'S256' &&
        lists('authorization_details_types_supported', 'account_binding') &&
        metadata.authorization_response_iss_parameter_supported === true &&
        lists('grant_types_supported', ACCOUNT_BINDING_GRANT),
      metadata,
    );
  },
};

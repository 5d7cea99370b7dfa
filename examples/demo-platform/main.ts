import type { ClientMetadata } from 'oidc-provider';
import { PEOPLE } from './people.ts';
import { startPlatform } from './platform.ts';

/**
 * The demo's own platform, which is the master of a few accounts: `npm start` runs it beside Bindery.
 * DEMO_PLATFORM_PORT says where it listens, ISSUER where Bindery is.
 */
const port = Number(process.env.DEMO_PLATFORM_PORT ?? 3002);
const bindery = process.env.ISSUER ?? 'http://localhost:3000';
/** Clients without a secret, which prove themselves by PKCE. */
const client = (id: string, redirectUri: string): ClientMetadata => ({
  client_id: id,
  token_endpoint_auth_method: 'none',
  grant_types: ['authorization_code'],
  response_types: ['code'],
  redirect_uris: [redirectUri],
});

const platform = await startPlatform({
  port,
  host: new URL(bindery).hostname,
  accounts: PEOPLE,
  clients: [
    client('bindery', `${bindery}/upstream/demo/demo/callback`),
    // The platform's own app, which hands people over (R48).
    client('demo-platform-app', 'http://localhost:4000/platform'),
  ],
});
process.send?.('ready');

const stop = (): void => void platform.close().then(() => process.exit(0));
process.once('SIGTERM', stop);
// Ctrl-C reaches the whole group; whoever started it stops it.
process.on('SIGINT', () => {});
// Whoever started it is gone.
process.once('disconnect', stop);

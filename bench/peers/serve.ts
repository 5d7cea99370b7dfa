import { createServer } from 'node:http';
import { type AdapterFactory, Provider } from 'oidc-provider';
import { peerConfiguration } from './configuration.ts';

/**
 * Runs a peer as Bindery runs: a public port, and a management port for health and the number of
 * statements.
 */
export async function servePeer(
  adapter: AdapterFactory | undefined,
  statements: () => number,
): Promise<void> {
  const { ISSUER = '', HOST, PORT, MANAGEMENT_PORT } = process.env;
  const provider = new Provider(ISSUER, await peerConfiguration(ISSUER, adapter));
  provider.on('server_error', (_ctx, error) => console.error(error));
  const listening = provider.listen(Number(PORT), HOST);
  const management = createServer((request, response) => {
    response.end(
      request.url === '/metrics' ? `bindery_sql_statements_total ${statements()}\n` : 'ok',
    );
  });
  listening.once('listening', () => management.listen(Number(MANAGEMENT_PORT), HOST));
  process.once('SIGTERM', () => process.exit(0));
}

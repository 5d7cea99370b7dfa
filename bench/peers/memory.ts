import { servePeer } from './serve.ts';

/** Peer (a): oidc-provider without a database, the least cost of the protocol itself. */
await servePeer(undefined, () => 0);

import { servePeer } from './serve.ts';

/** Peer (a): oidc-provider with nothing under it, the least that the protocol itself costs. */
await servePeer(undefined, () => 0);

import type { App } from './app.ts';
import type { Report } from './report.ts';

/** What every scene uses. */
export interface World {
  readonly issuer: URL;
  readonly report: Report;
  readonly web: App;
  readonly phone: App;
  readonly service: App;
}

/** One part of the demo. `shows` is recorded as not shown if it does not finish. */
export interface Scene {
  readonly title: string;
  readonly about: string;
  readonly shows: readonly Parameters<Report['check']>[0][];
  play(world: World): Promise<void>;
}

/**
 * The callback of the web app. Nothing listens there, because this demo plays the app and its
 * users.
 */
export const CALLBACK = 'http://localhost:4000/callback';

/** The demo's relying party: a service that only needs to know who is bound to whom. */
export const SERVICE = 'https://rp.example';

/**
 * The requested details (RFC 9396). `locations` names the audience of the binding token; without
 * it, that is the app.
 */
export function details(locations: readonly string[] = []): Record<string, unknown> {
  return {
    type: 'account_binding',
    role: 'primary',
    pack: 'douyin',
    actions: ['comment', 'repost'],
    privileges: ['live_commerce'],
    datatypes: ['profile', 'commerce', 'violation'],
    ...(locations.length > 0 ? { locations } : {}),
  };
}

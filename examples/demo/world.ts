import type { App } from './app.ts';
import type { Report } from './report.ts';

/** What every scene works with. */
export interface World {
  readonly issuer: URL;
  readonly report: Report;
  readonly web: App;
  readonly phone: App;
  readonly service: App;
}

/** One part of the walk; `shows` is booked as not shown when it cannot be walked to its end. */
export interface Scene {
  readonly title: string;
  readonly about: string;
  readonly shows: readonly Parameters<Report['check']>[0][];
  play(world: World): Promise<void>;
}

/**
 * Where the web app is called back; nobody has to listen there, because this demo is the app and
 * its users at once.
 */
export const CALLBACK = 'http://localhost:4000/callback';

/** The relying party of the demo world: a service that only wants to know who is bound to whom. */
export const SERVICE = 'https://rp.example';

/**
 * What the apps ask for (RFC 9396); `locations` says whom the binding token is for, the app itself
 * where it is left out.
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

import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { seedDemo } from './cli/seed-demo.ts';
import { type ComposeInput, compose, composeManagement, reviewOf, type Server } from './compose.ts';
import { composeIntake } from './compose-evidence.ts';
import type { Config } from './config.ts';
import { decisionPointHooks } from './decision-points/load-decision-points.ts';
import { InstallationSecret } from './kernel/secrets.ts';
import type { KeyCustody } from './owners/custody.ts';
import { openCustody } from './owners/open-custody.ts';
import { HOOKS, loadPacks } from './policy/registry.ts';
import { findClockOffset } from './store/clock.store.ts';
import { Database } from './store/database.ts';
import { type EmbeddedPostgres, startEmbedded } from './store/embedded.ts';
import { migrate } from './store/migrate.ts';

/** A running, migrated database; for the demo, filled with its data. */
export interface Platform {
  readonly databaseUrl: string;
  readonly embedded: EmbeddedPostgres | undefined;
  readonly secrets: InstallationSecret;
  readonly custody: KeyCustody;
}

/**
 * Everything that is done once before any worker serves: PostgreSQL, schema, root secret, demo
 * data.
 */
export async function preparePlatform(config: Config, log: Logger): Promise<Platform> {
  const embedded =
    config.databaseUrl === undefined ? await startEmbedded(config.dataDir) : undefined;
  const databaseUrl = config.databaseUrl ?? (embedded as EmbeddedPostgres).url;
  try {
    if (embedded && !embedded.directory.startsWith(config.dataDir)) {
      log.warn(
        { directory: embedded.directory },
        'the database user cannot enter DATA_DIR; the data are kept elsewhere',
      );
    }
    const ran = await migrate(databaseUrl);
    if (ran.length > 0) log.info({ migrations: ran }, 'schema brought up to date');
    const secrets = new InstallationSecret(config.installationSecret ?? keptSecret(config.dataDir));
    const custody = openCustody(config.keyring, new Date());
    const db = new Database(databaseUrl, { max: 4 });
    try {
      await checkClock(db, config);
      if (config.demo) {
        const packs = await loadPacks(config.packsDir, [
          ...HOOKS,
          ...(await decisionPointHooks(config.decisionPoints)),
        ]);
        await seedDemo(
          composeIntake(config, { db, secrets, custody, review: reviewOf(config, packs) }),
          config.issuer,
          packs,
        );
      }
    } finally {
      await db.close();
    }
    return { databaseUrl, embedded, secrets, custody };
  } catch (error) {
    await embedded?.stop();
    throw error;
  }
}

/**
 * Outside production, the root secret is created once and stored with the data. Only this user can
 * read it.
 */
function keptSecret(dataDir: string): Buffer {
  mkdirSync(dataDir, { recursive: true });
  const file = join(dataDir, 'installation-secret');
  if (!existsSync(file))
    writeFileSync(file, randomBytes(48).toString('base64url'), { mode: 0o600, flag: 'wx' });
  return Buffer.from(readFileSync(file, 'utf8').trim(), 'base64url');
}

async function checkClock(db: Database, config: Config): Promise<void> {
  const ahead = await findClockOffset(db);
  if (ahead !== 0 && !config.controllableClock && config.production) {
    throw new Error(
      `The business clock of this database runs ${ahead} s ahead: it was used with CLOCK=controllable and cannot serve production.`,
    );
  }
}

export interface Running {
  readonly server: Server;
  readonly port: number;
  stop(): Promise<void>;
}

/** Where a process writes its log and its counters. */
type LogAndCount = Pick<ComposeInput, 'log' | 'count'>;

/** Serves over a prepared platform. Resolves when it listens. */
export async function serve(
  config: Config,
  platform: Platform,
  { log, count }: LogAndCount,
): Promise<Running> {
  const { databaseUrl, secrets, custody } = platform;
  const server = await compose({ config, databaseUrl, secrets, custody, log, count });
  const http = createServer(server.app.callback());
  // Longer than any proxy in front keeps an idle connection, so that the proxy never sends into a
  // closed socket.
  http.keepAliveTimeout = 75_000;
  http.headersTimeout = 30_000;
  http.requestTimeout = 180_000; // two scans of 15 MB on a mobile network at 1.4 Mbit/s
  try {
    await listen(http, config.port, config.host);
  } catch (error) {
    await server.close();
    throw error;
  }
  return {
    server,
    port: (http.address() as AddressInfo).port,
    stop: async () => {
      await close(http);
      await server.close();
    },
  };
}

/**
 * Serves health, metrics and, in a demo, the clock. It has its own port, on loopback by default.
 */
export async function serveManagement(
  config: Config,
  databaseUrl: string,
  { metrics, log, count }: LogAndCount & { readonly metrics: () => Promise<string> },
): Promise<{ readonly port: number; stop(): Promise<void> }> {
  const db = new Database(databaseUrl, { max: 2, applicationName: 'bindery-management' });
  const { controllableClock, demo } = config;
  const app = composeManagement({ db, controllableClock, demo, metrics, log, count });
  const http = createServer(app.callback());
  try {
    await listen(http, config.managementPort, config.managementHost);
  } catch (error) {
    await db.close();
    throw error;
  }
  return {
    port: (http.address() as AddressInfo).port,
    stop: async () => {
      await close(http);
      await db.close();
    },
  };
}

async function listen(http: HttpServer, port: number, host: string | undefined): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    http.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        error.code === 'EADDRINUSE'
          ? new Error(
              `Port ${port} is taken by another program; set PORT or MANAGEMENT_PORT to a free one.`,
            )
          : error,
      );
    });
    http.listen({ port, ...(host === undefined ? {} : { host }) }, resolve);
  });
}

/** Finishes running requests and ends idle connections at once. */
async function close(http: HttpServer): Promise<void> {
  await new Promise<void>((resolve) => {
    http.close(() => resolve());
    http.closeIdleConnections();
    setTimeout(() => http.closeAllConnections(), 5_000).unref();
  });
}

import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { seedDemo } from '../../src/cli/seed-demo.ts';
import { compose, composeManagement, reviewOf, type Server } from '../../src/compose.ts';
import { composeIntake } from '../../src/compose-evidence.ts';
import { readConfig } from '../../src/config.ts';
import { decisionPointHooks } from '../../src/decision-points/load-decision-points.ts';
import { InstallationSecret } from '../../src/kernel/secrets.ts';
import { makeLog } from '../../src/log.ts';
import { makeCounters } from '../../src/metrics.ts';
import { HOOKS, loadPacks } from '../../src/policy/registry.ts';
import { atEnd } from './cleanup.ts';
import { makeCustody } from './custody.ts';
import { freshDatabase } from './database.ts';

export type LogLine = Readonly<Record<string, unknown>>;

export interface TestBindery extends Server {
  readonly issuer: string;
  readonly managementUrl: string;
  readonly databaseUrl: string;
  /** The server's log so far, if the test reads the log. */
  readonly logged: readonly LogLine[];
  /** The answer of `/metrics`. */
  metrics(): Promise<string>;
  stop(): Promise<void>;
}

/**
 * The whole server over a database of its own, with the demo world and a clock that tests may move,
 * listening on a free loopback port. It is stopped when the file's tests (or the test that started
 * it) end.
 */
export async function startServer(
  options: {
    readonly env?: Readonly<Record<string, string>>;
    readonly max?: number;
    /** The path of the issuer, for example `/bindery`. */
    readonly path?: string;
    /** Any free one without it. */
    readonly port?: number | undefined;
    /** Keeps the log in `logged`, from level info on, and does not print it. */
    readonly readLog?: boolean;
  } = {},
): Promise<TestBindery> {
  let stop = async (): Promise<void> => {};
  atEnd(async () => await stop()); // given before the database's hook, because hooks run in order
  const { db, url } = await freshDatabase();
  const secrets = new InstallationSecret(randomBytes(32));
  const dataDir = await mkdtemp(join(tmpdir(), 'bindery-server-'));
  const http = createServer();
  const issuer = `http://localhost:${await listen(http, options.port)}${options.path ?? ''}`;
  const config = readConfig({
    NODE_ENV: 'test',
    DATABASE_URL: url,
    ISSUER: issuer,
    DEMO: 'true',
    CLOCK: 'controllable',
    DATA_DIR: dataDir,
    LOG_LEVEL: process.env.LOG_LEVEL ?? 'silent',
    DATABASE_POOL: String(options.max ?? 10),
    ...options.env,
  });
  const custody = makeCustody();
  const packs = await loadPacks(config.packsDir, [
    ...HOOKS,
    ...(await decisionPointHooks(config.decisionPoints)),
  ]);
  await seedDemo(
    composeIntake(config, { db, secrets, custody, review: reviewOf(config, packs) }),
    issuer,
    packs,
  );
  const logged: LogLine[] = [];
  const log = options.readLog
    ? makeLog('info', { write: (line) => void logged.push(JSON.parse(line) as LogLine) })
    : makeLog(config.logLevel);
  const registry = new Registry();
  const metrics = async () => await registry.metrics();
  const count = makeCounters(registry);
  const server = await compose({
    config,
    databaseUrl: url,
    secrets,
    custody,
    log,
    count,
  });
  http.on('request', server.app.callback());
  const management = createServer(
    composeManagement({ db, controllableClock: true, demo: true, metrics, log, count }).callback(),
  );
  const managementUrl = `http://127.0.0.1:${await listen(management)}`;
  let stopped = false;
  stop = async () => {
    if (stopped) return;
    stopped = true;
    for (const each of [http, management]) {
      each.closeAllConnections();
      await new Promise<void>((resolve) => each.close(() => resolve()));
    }
    await server.close();
    await rm(dataDir, { recursive: true, force: true });
  };
  return { ...server, issuer, managementUrl, databaseUrl: url, logged, metrics, stop };
}

async function listen(http: ReturnType<typeof createServer>, port = 0): Promise<number> {
  await new Promise<void>((resolve) => http.listen(port, resolve));
  return (http.address() as AddressInfo).port;
}

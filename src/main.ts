import cluster from 'node:cluster';
import closeWithGrace from 'close-with-grace';
import { AggregatorRegistry, register } from 'prom-client';
import { ConfigurationError, readConfig } from './config.ts';
import { startDemoPlatform } from './demo-platform-process.ts';
import { type JobsInput, startJobs } from './jobs/start-jobs.ts';
import { InstallationSecret } from './kernel/secrets.ts';
import { makeLog } from './log.ts';
import { makeCounters, startMetrics } from './metrics.ts';
import { openCustody } from './owners/open-custody.ts';
import { type Platform, preparePlatform, type Running, serve, serveManagement } from './start.ts';
import { welcome } from './welcome.ts';

const config = readConfigOrExit();
const log = makeLog(config.logLevel);
const count = makeCounters(register);

/** The data that the first process gives to a worker. */
interface WorkerPlatform {
  readonly databaseUrl: string;
  readonly root: string;
}

if (cluster.isPrimary) await runFirst();
else process.once('message', (told: WorkerPlatform) => void runWorker(told));

async function runFirst(): Promise<void> {
  const startedAt = performance.now();
  try {
    const demoPlatform = startDemoPlatform(config, log);
    const platform = await preparePlatform(config, log);
    const alone = config.workers === 1 ? await serveCounting(platform) : undefined;
    if (!alone) await startWorkers(platform);
    const gather = new AggregatorRegistry();
    const management = await serveManagement(config, platform.databaseUrl, {
      log,
      count,
      metrics: async () => await (alone ? register.metrics() : gather.clusterMetrics()),
    });
    const stopJobs = alone ? startJobs(jobsOf(alone, platform)) : undefined;
    closeWithGrace({ delay: 15_000, logger: false }, async ({ err, signal }) => {
      if (err) log.fatal({ err }, 'stopping after an unexpected error');
      else log.info({ signal }, 'stopping');
      await stopWorkers();
      await stopJobs?.();
      await alone?.stop();
      await management.stop();
      await demoPlatform.stop();
      await platform.embedded?.stop();
    });
    welcome(config, {
      seconds: (performance.now() - startedAt) / 1000,
      managementPort: management.port,
    });
  } catch (error) {
    log.fatal(error instanceof Error ? error.message : error);
    log.debug({ err: error }, 'why it did not start');
    process.exit(1);
  }
}

async function runWorker({ databaseUrl, root }: WorkerPlatform): Promise<void> {
  const secrets = new InstallationSecret(Buffer.from(root, 'base64url'));
  const platform: Platform = {
    databaseUrl,
    embedded: undefined,
    secrets,
    custody: openCustody(config.keyring, new Date()),
  };
  const running = await serveCounting(platform);
  new AggregatorRegistry(); // answers the first process when it collects metrics
  const stopJobs = startJobs(jobsOf(running, platform));
  closeWithGrace({ delay: 10_000, logger: false }, async ({ err }) => {
    if (err) log.fatal({ err }, 'a worker stops after an unexpected error');
    await stopJobs();
    await running.stop();
  });
  process.send?.('ready');
}

/** Serves, and counts in the registry behind `/metrics`. */
async function serveCounting(platform: Platform): Promise<Running> {
  const running = await serve(config, platform, { log, count });
  startMetrics(running.server.bindery.db, register);
  return running;
}

/** Every serving process also runs jobs, so that they continue if one process dies. */
function jobsOf({ server }: Running, { databaseUrl }: Platform): JobsInput {
  const { db, lifetimes, evidence, messages } = server.bindery;
  return { db, lifetimes, evidence, messages, recordMonths: config.recordMonths, databaseUrl, log };
}

/** Starts one process per core. A worker that dies is replaced, unless the server is stopping. */
async function startWorkers(platform: Platform): Promise<void> {
  const told: WorkerPlatform = {
    databaseUrl: platform.databaseUrl,
    root: platform.secrets.export(),
  };
  const start = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const worker = cluster.fork();
      worker.once('online', () => worker.send(told));
      worker.once('message', () => resolve());
      worker.once('exit', () =>
        reject(new Error('a worker ended before it was ready; the log above says why')),
      );
    });
  await Promise.all(Array.from({ length: config.workers }, start));
  cluster.on('exit', (worker) => {
    if (worker.exitedAfterDisconnect || stopping) return;
    log.error({ worker: worker.id }, 'a worker died and is replaced');
    start().catch((error) => {
      if (!stopping) log.error({ err: error }, 'a dead worker could not be replaced');
    });
  });
}

let stopping = false;

async function stopWorkers(): Promise<void> {
  stopping = true;
  const workers = Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined);
  await Promise.all(
    workers.map(
      (worker) =>
        new Promise<void>((resolve) => {
          worker.once('exit', () => resolve());
          worker.process.kill('SIGTERM');
        }),
    ),
  );
}

function readConfigOrExit() {
  try {
    return readConfig(process.env);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}

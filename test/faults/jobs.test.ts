import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { reviewOf } from '../../src/compose.ts';
import { composeIntake } from '../../src/compose-evidence.ts';
import { readConfig } from '../../src/config.ts';
import type { EvidenceDeps } from '../../src/evidence/deps.ts';
import { countRunners } from '../../src/jobs/pools.store.ts';
import { InstallationSecret } from '../../src/kernel/secrets.ts';
import { openCustody } from '../../src/owners/open-custody.ts';
import { HOOKS, loadPacks } from '../../src/policy/registry.ts';
import { Database } from '../../src/store/database.ts';
import { type EmbeddedPostgres, startEmbedded } from '../../src/store/embedded.ts';
import { TASKS } from '../../src/store/jobs.store.ts';
import { sql } from '../../src/store/sql.ts';
import { makeDeclarer, submitEvidence } from '../fixtures/declared-accounts.ts';
import { web } from '../support/apps.ts';
import { makeChild } from '../support/child.ts';
import { advance } from '../support/clock.ts';

const child = await makeChild();
const { issuer, managementUrl } = child;
const folder = await mkdtemp(join(tmpdir(), 'bindery-jobs-'));
await chmod(folder, 0o755); // the database user may have to enter
let postgres: EmbeddedPostgres;
let db: Database;
let env: Readonly<Record<string, string>>;

/** A provider that does not answer until `takes` is set. */
let takes = false;
const asked: ServerResponse[] = [];
const provider = createServer((_, response) => {
  asked.push(response);
  if (takes) response.writeHead(202).end();
});

beforeAll(async () => {
  await new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve));
  postgres = await startEmbedded(folder);
  env = {
    DATABASE_URL: postgres.url,
    DATA_DIR: join(folder, 'server'),
    WORKERS: '2',
    LOG_LEVEL: 'debug',
    VERIFICATION_URL: `http://127.0.0.1:${(provider.address() as AddressInfo).port}`,
    SECRETS_VERIFICATION: randomBytes(32).toString('base64url'),
  };
  await child.start(env);
  db = new Database(postgres.url, { max: 2 });
});

afterAll(async () => {
  provider.closeAllConnections();
  await child.stop();
  await db?.close();
  await postgres?.stop();
  await new Promise<void>((resolve) => provider.close(() => resolve()));
  await rm(folder, { recursive: true, force: true });
});

async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  seconds = 90,
): Promise<void> {
  for (const end = Date.now() + seconds * 1000; !(await holds()); await sleep(50)) {
    expect([
      `${what} within ${seconds} s; the log:\n${child.output.slice(-3_000)}`,
      Date.now() < end,
    ]).toStrictEqual([
      `${what} within ${seconds} s; the log:\n${child.output.slice(-3_000)}`,
      true,
    ]);
  }
}

const bothRun = async (): Promise<boolean> =>
  (await countRunners(db)).pools === 2 && child.workers().length === 2;

/** Lets a request expire, and waits until a job has ended it. */
async function letOneRunOut(): Promise<void> {
  await web(issuer).ask();
  await advance(managementUrl, 'PT1H');
  await until('overdue requests end', async () => {
    const open = await db.query(sql`select 1 from binding_requests where state = 'created'`);
    return open.length === 0;
  });
}

/** Dependencies that write evidence to the server's database, with the server's keys. */
async function intake(): Promise<EvidenceDeps> {
  const config = readConfig({ ...env, DEMO: 'true', CLOCK: 'controllable' });
  const root = await readFile(join(folder, 'server', 'installation-secret'), 'utf8');
  const secrets = new InstallationSecret(Buffer.from(root.trim(), 'base64url'));
  const custody = openCustody(config.keyring, new Date());
  const review = reviewOf(config, await loadPacks(undefined, HOOKS));
  // it asks no provider and binds nothing
  return composeIntake(config, { db, secrets, custody, review }) as EvidenceDeps;
}

describe('with two workers', () => {
  test('jobs go on after each worker was killed, the first included', async () => {
    await until('both run jobs', bothRun);
    await letOneRunOut();
    for (const worker of child.workers()) {
      process.kill(worker, 'SIGKILL');
      await until(
        'it is replaced',
        async () => !child.workers().includes(worker) && (await bothRun()),
      );
      await letOneRunOut();
    }
  });

  test('a job that was cut off by a kill is run again', async () => {
    const evidence = await intake();
    await submitEvidence(evidence, await makeDeclarer(evidence, { kind: 'personal' }), 'id_front');
    await until('the provider is asked', () => asked.length > 0, 5);
    const [before, killed] = [asked.length, child.workers()];
    for (const worker of killed) process.kill(worker, 'SIGKILL');
    await until(
      'both are replaced',
      async () => child.workers().every((worker) => !killed.includes(worker)) && (await bothRun()),
    );
    await advance(managementUrl, 'PT1M'); // a question is not repeated sooner
    await until('the provider is asked again', () => asked.length > before, 10);
    takes = true;
    for (const response of asked) response.destroy();
  });

  test('a cron task runs once each minute', async () => {
    await until('both run jobs', bothRun);
    const minutes = new Set(linesWithCron().map(({ cron }) => cron));
    const isNew = ({ cron }: CronLine) => !minutes.has(cron);
    await until('a minute is over', () => linesWithCron().filter(isNew).length >= TASKS.length, 75);
    await sleep(2_000); // a second run would come in this time
    const lines = linesWithCron().filter(isNew);
    const [cron] = lines.map((line) => line.cron);
    const ran = lines.filter((line) => line.cron === cron).map(({ job }) => job);
    expect(ran.sort()).toStrictEqual([...TASKS].sort());
  });

  test('an orderly stop leaves no job locked', async () => {
    await child.stop();
    const taken = await db.query(
      sql`select task_identifier from graphile_worker.jobs where locked_at is not null`,
    );
    expect([taken, (await countRunners(db)).pools]).toStrictEqual([[], 0]);
  });
});

interface CronLine {
  readonly job: string;
  readonly cron: string;
}

/** Counts the jobs that cron started at a full minute. */
function linesWithCron(): CronLine[] {
  const lines = child.output.split('\n').filter((line) => line.includes('"cron":'));
  return lines.map((line) => JSON.parse(line) as CronLine);
}

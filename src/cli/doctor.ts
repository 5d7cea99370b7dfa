import { statfsSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname } from 'node:path';
import { type Config, ConfigurationError, readConfig } from '../config.ts';
import { decisionPointHooks } from '../decision-points/load-decision-points.ts';
import { readKeyring } from '../owners/open-custody.ts';
import { countKeys } from '../owners/owner-keys.store.ts';
import { recordedOf } from '../policy/pack-registry.ts';
import { HOOKS, loadPackFiles, loadPacks } from '../policy/registry.ts';
import { openAddressBook } from '../risk/address-book.ts';
import { findClockOffset } from '../store/clock.store.ts';
import { Database } from '../store/database.ts';
import { databaseUrlOf } from '../store/embedded.ts';
import { findServerFacts } from './doctor.store.ts';
import { diagnoseJobs } from './doctor-jobs.ts';
import type { Finding } from './finding.ts';

const OLDEST_POSTGRES = 15;
const ROOM_NEEDED_MB = 500;
const CLOCK_SKEW_MS = 2_000;

/** Checks an installation and reports what is right and wrong. Changes nothing. */
export async function diagnose(
  env: Readonly<Record<string, string | undefined>>,
): Promise<readonly Finding[]> {
  const findings: Finding[] = [nodeVersion()];
  let config: Config;
  try {
    config = readConfig(env);
    findings.push({
      ok: true,
      what: `configuration: issuer ${config.issuer}${config.demo ? ', demo world on' : ''}`,
    });
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return [
      ...findings,
      ...error.problems.map((problem) => ({ ok: false, what: `configuration: ${problem}` })),
    ];
  }
  findings.push(
    await packFiles(config),
    await addressDatabases(config),
    diskRoom(config),
    ...(await ports(config)),
    ...(await database(config)),
  );
  return findings;
}

function nodeVersion(): Finding {
  const major = Number(process.versions.node.split('.')[0]);
  return major >= 24
    ? { ok: true, what: `Node ${process.versions.node}` }
    : {
        ok: false,
        what: `Node ${process.versions.node}`,
        advice: 'Bindery needs 24: start it with npm, which brings its own, or install Node 24.',
      };
}

async function packFiles({ packsDir, decisionPoints }: Config): Promise<Finding> {
  try {
    return {
      ok: true,
      what: `policy packs: ${[...(await loadPacks(packsDir, [...HOOKS, ...(await decisionPointHooks(decisionPoints))])).keys()].join(', ')}`,
    };
  } catch (error) {
    return { ok: false, what: 'policy packs', advice: String((error as Error).message) };
  }
}

async function addressDatabases({ addressBook }: Config): Promise<Finding> {
  const { length } = addressBook.databases;
  if (length === 0)
    return {
      ok: true,
      what: 'databases of addresses: none; providers and countries are not weighed',
    };
  try {
    await openAddressBook(addressBook);
    return { ok: true, what: `databases of addresses: ${length}` };
  } catch (error) {
    return { ok: false, what: 'databases of addresses', advice: String((error as Error).message) };
  }
}

function diskRoom({ dataDir, databaseUrl }: Config): Finding {
  if (databaseUrl !== undefined) return { ok: true, what: 'disk: the database is elsewhere' };
  let folder = dataDir;
  for (;;) {
    try {
      const { bavail, bsize } = statfsSync(folder);
      const megabytes = Math.round((bavail * bsize) / 1e6);
      const ok = megabytes >= ROOM_NEEDED_MB;
      return {
        ok,
        what: `disk: ${megabytes} MB free for ${dataDir}`,
        ...(ok ? {} : { advice: `Make room: ${ROOM_NEEDED_MB} MB at least.` }),
      };
    } catch {
      if (folder === dirname(folder))
        return { ok: false, what: `disk: ${dataDir} cannot be looked at` };
      folder = dirname(folder);
    }
  }
}

/** A port in use is no problem if Bindery itself uses it. */
async function ports(config: Config): Promise<Finding[]> {
  return await Promise.all(
    [
      { name: 'PORT', port: config.port, url: `http://127.0.0.1:${config.port}/status` },
      {
        name: 'MANAGEMENT_PORT',
        port: config.managementPort,
        url: `http://127.0.0.1:${config.managementPort}/health/live`,
      },
    ].map(async ({ name, port, url }) => {
      if (await isFree(port)) return { ok: true, what: `${name} ${port} is free` };
      const ours = await fetch(url, { signal: AbortSignal.timeout(2_000) }).then(
        ({ ok }) => ok,
        () => false,
      );
      return ours
        ? { ok: true, what: `${name} ${port}: Bindery is serving there` }
        : {
            ok: false,
            what: `${name} ${port} is taken by another program`,
            advice: `Set ${name} to a free port.`,
          };
    }),
  );
}

async function isFree(port: number): Promise<boolean> {
  return await new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, () => probe.close(() => resolve(true)));
  });
}

async function database(config: Config): Promise<Finding[]> {
  const url = config.databaseUrl ?? databaseUrlOf(config.dataDir);
  const db = new Database(url, { max: 1, applicationName: 'bindery-doctor' });
  try {
    const facts = await findServerFacts(db);
    const findings: Finding[] = [
      facts.major >= OLDEST_POSTGRES
        ? { ok: true, what: `PostgreSQL ${facts.version}` }
        : {
            ok: false,
            what: `PostgreSQL ${facts.version}`,
            advice: `Bindery is tried with ${OLDEST_POSTGRES} and newer.`,
          },
      Math.abs(facts.now.getTime() - Date.now()) < CLOCK_SKEW_MS
        ? { ok: true, what: 'the clocks of this machine and the database agree' }
        : {
            ok: false,
            what: 'the clocks of this machine and the database differ',
            advice: 'Expiry goes by the database clock; synchronise both (NTP).',
          },
    ];
    if (!facts.migrated)
      return [
        ...findings,
        {
          ok: false,
          what: 'schema: not there yet',
          advice: 'Start Bindery once, or run: npm run cli -- migrate',
        },
      ];
    const ahead = await findClockOffset(db);
    findings.push(
      ahead === 0 || config.controllableClock
        ? {
            ok: true,
            what:
              ahead === 0
                ? 'business time is wall time'
                : `business time runs ${ahead} s ahead (controllable clock)`,
          }
        : {
            ok: false,
            what: `business time runs ${ahead} s ahead`,
            advice: 'This database was used with CLOCK=controllable; use another for real work.',
          },
      await ownerKeys(db, config),
      await packVersions(db, config),
      ...(await diagnoseJobs({ db, lifetimes: config.lifetimes })),
    );
    return findings;
  } catch (error) {
    const advice =
      config.databaseUrl === undefined
        ? 'The embedded PostgreSQL runs while Bindery does: npm start, then ask again.'
        : `DATABASE_URL does not lead to a PostgreSQL that answers: ${(error as Error).message}`;
    return [{ ok: config.databaseUrl === undefined, what: 'database: not running', advice }];
  } finally {
    await db.close();
  }
}

/**
 * Checks what a start would refuse: a file that differs from its recorded version. Another check
 * reports unreadable files.
 */
async function packVersions(db: Database, { packsDir, decisionPoints }: Config): Promise<Finding> {
  const files = await loadPackFiles(packsDir, [
    ...HOOKS,
    ...(await decisionPointHooks(decisionPoints)),
  ]).catch(() => []);
  try {
    await recordedOf(db, files);
    return { ok: true, what: 'policy packs say what was recorded of their versions' };
  } catch (error) {
    return {
      ok: false,
      what: 'policy packs differ from what was recorded',
      advice: (error as Error).message,
    };
  }
}

async function ownerKeys(db: Database, { keyring }: Config): Promise<Finding> {
  let ours: ReadonlySet<string>;
  try {
    ours = new Set(readKeyring(keyring).keys.map(({ id }) => id));
  } catch (error) {
    return { ok: false, what: 'the keyring cannot be read', advice: (error as Error).message };
  }
  const lost = [...(await countKeys(db))].filter(([id]) => !ours.has(id));
  if (lost.length === 0) return { ok: true, what: 'the keyring opens the data keys of all owners' };
  return {
    ok: false,
    what: `the keyring lacks ${lost.map(([id, owners]) => `${id} (${owners} owners)`).join(', ')}`,
    advice:
      'What is sealed for these owners cannot be read: put the key back from where the keyring was kept.',
  };
}

import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, rmSync } from 'node:fs';
import { totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

/** Whom PostgreSQL runs as; undefined where it may run as this user. */
export interface User {
  readonly uid: number;
  readonly gid: number;
}

const START_TIMEOUT_MS = 30_000;
/** How long a PostgreSQL that is there but does not answer yet is left to recover. */
const RECOVERY_MS = 15_000;
const MOST_LAUNCHES = 10;

/** The process that a pid file names, if it lives; -1 for one that belongs to somebody else. */
export function livePid(file: string): number | undefined {
  try {
    const pid = Number.parseInt(readFileSync(file, 'utf8'), 10);
    process.kill(pid, 0);
    return pid;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' ? -1 : undefined;
  }
}

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on('error', () => {});
  try {
    await client.connect();
    await client.end();
    return true;
  } catch {
    return false;
  }
}

export function launch(
  native: string,
  data: string,
  socket: string,
  user: User | undefined,
): ChildProcess {
  const log = openSync(join(dirname(data), 'postgres.log'), 'a', 0o600);
  const settings = {
    listen_addresses: '', // no TCP: nobody but this user reaches it, and no port can be taken
    unix_socket_directories: socket,
    max_connections: '120',
    shared_buffers: `${cacheMegabytes()}MB`,
    jit: 'off', // statements are short; compiling one takes longer than running it
  };
  const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  // A process group of its own: Ctrl-C reaches Bindery, which drains first and stops PostgreSQL
  // last.
  const child = spawn(join(native, 'bin', 'postgres'), ['-D', data, ...options], {
    ...user,
    cwd: data,
    detached: true,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  child.unref();
  return child;
}

/**
 * A third of the memory there is, between the quarter and the two fifths that PostgreSQL's manual
 * speaks of (20.4.1): taken as it is used.
 */
function cacheMegabytes(): number {
  const bytes = Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY);
  return Math.min(8192, Math.max(128, Math.floor(bytes / 3 / 1024 ** 2)));
}

/**
 * Waits until `url` answers, and launches PostgreSQL where nobody else is about to: one that is
 * still recovering from a crash is waited for, and a launch that fails because the old one's
 * children have not all gone is tried again.
 */
export async function bringUp(
  url: string,
  postmaster: string,
  start: () => ChildProcess,
): Promise<void> {
  const startedAt = Date.now();
  let running = false;
  let failures = 0;
  let nextLaunch = startedAt;
  while (!(await answers(url))) {
    const waited = Date.now() - startedAt;
    if (waited > START_TIMEOUT_MS || failures === MOST_LAUNCHES) {
      throw new Error(
        `PostgreSQL did not start${failures > 0 ? '' : ' in 30 s'}; its log: ${join(dirname(dirname(postmaster)), 'postgres.log')}`,
      );
    }
    const anothers = livePid(postmaster) !== undefined && waited < RECOVERY_MS;
    if (!running && !anothers && Date.now() >= nextLaunch) {
      running = true;
      rmSync(postmaster, { force: true }); // stale: its process is gone, or its number is another program's by now
      start().once('exit', () => {
        running = false;
        failures += 1;
        nextLaunch = Date.now() + Math.min(2_000, 100 * 2 ** failures);
      });
    }
    await sleep(25);
  }
}

/**
 * What PostgreSQL is told, and how long it is given. SIGINT is its "fast" shutdown: sessions are
 * ended, everything committed is kept. It can be lost on one that recovers from a crash; SIGQUIT
 * then ends it at once, and the next start recovers from the log, with nothing committed lost
 * either way.
 */
const FAREWELLS = [
  { signal: 'SIGINT', patienceMs: 6_000 },
  { signal: 'SIGQUIT', patienceMs: 4_000 },
  { signal: 'SIGKILL', patienceMs: 4_000 },
] as const;

export async function bringDown(postmaster: string): Promise<void> {
  for (const { signal, patienceMs } of FAREWELLS) {
    const pid = livePid(postmaster);
    if (pid === undefined || pid < 0) return;
    process.kill(pid, signal);
    for (
      const until = Date.now() + patienceMs;
      livePid(postmaster) !== undefined && Date.now() < until;
    )
      await sleep(20);
  }
}

import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, rmSync } from 'node:fs';
import { totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

/** The user that PostgreSQL runs as; undefined if it may run as the current user. */
export interface User {
  readonly uid: number;
  readonly gid: number;
}

const START_TIMEOUT_MS = 30_000;
/** How long to wait for a running PostgreSQL that does not answer yet. */
const RECOVERY_MS = 15_000;
const MOST_LAUNCHES = 10;

/** The live process that a pid file names; -1 if it belongs to another user. */
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
    listen_addresses: '', // no TCP: only this user reaches it, and no port can be taken
    unix_socket_directories: socket,
    max_connections: '120',
    shared_buffers: `${cacheMegabytes()}MB`,
    jit: 'off', // statements are short; compiling takes longer than running
  };
  const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  // Its own process group: Ctrl-C reaches Bindery only, which finishes requests and stops
  // PostgreSQL last.
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
 * A third of the memory, between the quarter and the two fifths of PostgreSQL's manual (20.4.1). It
 * is allocated only as it is used.
 */
function cacheMegabytes(): number {
  const bytes = Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY);
  return Math.min(8192, Math.max(128, Math.floor(bytes / 3 / 1024 ** 2)));
}

/**
 * Waits until `url` answers, and starts PostgreSQL if no other process does. It waits for one that
 * recovers from a crash. If a start fails because children of the old process still run, it tries
 * again.
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
      // Stale: its process is gone, or the process id now belongs to another program.
      rmSync(postmaster, { force: true });
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
 * The signals that stop PostgreSQL, and how long each may take. SIGINT is its "fast" shutdown:
 * sessions end and all commits are kept. A PostgreSQL in recovery can miss it. SIGQUIT then ends it
 * at once, and the next start recovers from the log. No commit is lost either way.
 */
const STOP_SIGNALS = [
  { signal: 'SIGINT', patienceMs: 6_000 },
  { signal: 'SIGQUIT', patienceMs: 4_000 },
  { signal: 'SIGKILL', patienceMs: 4_000 },
] as const;

export async function bringDown(postmaster: string): Promise<void> {
  for (const { signal, patienceMs } of STOP_SIGNALS) {
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

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  closeSync,
  cpSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { postgresBinaries } from './postgres-binaries.ts';

/** A PostgreSQL that Bindery runs itself, reached through a Unix socket that only this user may open. */
export interface EmbeddedPostgres {
  readonly url: string;
  /** Where the files really are: not under the folder asked for when its parents keep the database user out. */
  readonly directory: string;
  stop(): Promise<void>;
}

interface User {
  readonly uid: number;
  readonly gid: number;
}

const DATABASE = 'bindery';
const START_TIMEOUT_MS = 30_000;

/** PostgreSQL refuses to run as root, so as root it runs as `postgres`, or `nobody` where there is no such user. */
function databaseUser(): User | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ['postgres', 'nobody']) {
    const line = readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .find((entry) => entry.startsWith(`${name}:`));
    const [, , uid, gid] = line?.split(':') ?? [];
    if (uid && gid) return { uid: Number(uid), gid: Number(gid) };
  }
  throw new Error('PostgreSQL does not run as root, and this system has neither a "postgres" nor a "nobody" user to run it as.');
}

/** True when `user` can pass every folder down to `path` (the deepest that exists decides). */
function canReach(path: string, user: User | undefined): boolean {
  if (!user) return true;
  for (let folder = resolve(path); ; folder = dirname(folder)) {
    if (existsSync(folder)) {
      const { mode, uid, gid } = statSync(folder);
      const execute = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001;
      if ((mode & execute) === 0) return false;
    }
    if (folder === dirname(folder)) return true;
  }
}

function livePid(file: string): number | undefined {
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

function keyOf(dataDir: string): string {
  return createHash('sha256').update(dataDir).digest('hex').slice(0, 12);
}

/** A socket path may not exceed 107 bytes, so it stands apart from the data. */
function socketFolder(dataDir: string): string {
  return join(tmpdir(), `bindery-${process.getuid?.() ?? 0}-${keyOf(dataDir)}`);
}

/** Where the embedded PostgreSQL of `dataDir` is reached while it runs. */
export function databaseUrlOf(dataDir: string, database = DATABASE): string {
  return `postgresql://${DATABASE}@localhost/${database}?host=${encodeURIComponent(socketFolder(dataDir))}`;
}

/** Folders for data, socket and binaries, moved out of the way of closed parents (a clone under /root, say). */
function places(dataDir: string, user: User | undefined): { data: string; socket: string; native: string } {
  const key = keyOf(dataDir);
  let native = postgresBinaries();
  let data = join(dataDir, 'postgres');
  if (!canReach(data, user)) data = join('/var/tmp', `bindery-${key}`, 'postgres');
  if (!canReach(native, user)) {
    const copy = join('/var/tmp', `bindery-native-${process.arch}-${createHash('sha256').update(native).digest('hex').slice(0, 8)}`);
    if (!existsSync(join(copy, 'bin', 'postgres'))) cpSync(native, copy, { recursive: true, verbatimSymlinks: true });
    native = copy;
  }
  const socket = socketFolder(dataDir);
  for (const folder of [data, socket]) {
    mkdirSync(folder, { recursive: true });
    if (user) chownSync(folder, user.uid, user.gid);
    chmodSync(folder, 0o700);
    // In a shared /tmp somebody else may have made the folder first, to listen in.
    if (statSync(folder).uid !== (user?.uid ?? process.getuid?.()))
      throw new Error(`${folder} belongs to another user; remove it or move DATA_DIR.`);
  }
  return { data, socket, native };
}

function initialise(native: string, data: string, user: User | undefined): void {
  const options = ['-D', data, '-U', DATABASE, '--auth=trust', '-E', 'UTF8', '--locale=C', '--no-sync', '--no-instructions'];
  try {
    execFileSync(join(native, 'bin', 'initdb'), options, { ...user, cwd: data, stdio: 'pipe' });
  } catch (error) {
    rmSync(data, { recursive: true, force: true });
    throw new Error(`PostgreSQL could not be set up in ${data}: ${String((error as { stderr?: Buffer }).stderr ?? error).trim()}`);
  }
}

function launch(native: string, data: string, socket: string, user: User | undefined): ChildProcess {
  const log = openSync(join(dirname(data), 'postgres.log'), 'a', 0o600);
  const settings = {
    listen_addresses: '', // no TCP: nobody but this user reaches it, and no port can be taken
    unix_socket_directories: socket,
    max_connections: '120',
    shared_buffers: '128MB',
  };
  const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  // A process group of its own: Ctrl-C reaches Bindery, which drains first and stops PostgreSQL last.
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
 * Starts PostgreSQL under `dataDir`, or takes over one that a killed Bindery left running there. A database that another
 * live Bindery owns is shared and left alone on `stop`.
 */
export async function startEmbedded(dataDir: string): Promise<EmbeddedPostgres> {
  mkdirSync(dataDir, { recursive: true });
  const user = databaseUser();
  const { data, socket, native } = places(dataDir, user);
  const ownerFile = join(dataDir, 'owner.pid');
  const postmaster = join(data, 'postmaster.pid');
  const at = (database: string) => databaseUrlOf(dataDir, database);
  const shared = livePid(ownerFile) !== undefined && livePid(postmaster) !== undefined;

  if (!existsSync(join(data, 'PG_VERSION'))) initialise(native, data, user);
  let exit: { code: number | null } | undefined;
  if (livePid(postmaster) === undefined || !(await answers(at('postgres')))) {
    if (livePid(postmaster) === undefined) rmSync(postmaster, { force: true });
    launch(native, data, socket, user).on('exit', (code) => {
      exit = { code };
    });
  }
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (!(await answers(at('postgres')))) {
    if (exit || Date.now() > deadline) {
      throw new Error(
        `PostgreSQL did not start${exit ? ` (exit code ${exit.code})` : ' in 30 s'}; its log: ${join(dirname(data), 'postgres.log')}`,
      );
    }
    await sleep(25);
  }
  await createDatabase(at('postgres'), DATABASE);
  if (!shared) writeFileSync(ownerFile, String(process.pid));

  return {
    url: at(DATABASE),
    directory: data,
    async stop() {
      if (shared) return;
      const pid = livePid(postmaster);
      // SIGINT is PostgreSQL's "fast" shutdown: sessions are ended, everything committed is kept.
      if (pid !== undefined && pid > 0) process.kill(pid, 'SIGINT');
      for (const until = Date.now() + 10_000; livePid(postmaster) !== undefined && Date.now() < until; ) await sleep(20);
      rmSync(ownerFile, { force: true });
      rmSync(socket, { recursive: true, force: true });
    },
  };
}

/** Creates a database unless it exists; `template` copies one. */
export async function createDatabase(adminUrl: string, name: string, template?: string): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  try {
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [name]);
    if (rowCount === 0) {
      const from = template ? ` template ${client.escapeIdentifier(template)}` : '';
      await client.query(`create database ${client.escapeIdentifier(name)}${from}`);
    }
  } finally {
    await client.end();
  }
}

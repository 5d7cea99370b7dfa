import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import pg from 'pg';
import { postgresBinaries } from './postgres-binaries.ts';
import { bringDown, bringUp, launch, livePid, type User } from './postgres-process.ts';

/** A PostgreSQL that Bindery runs itself, on a Unix socket that only this user may open. */
export interface EmbeddedPostgres {
  readonly url: string;
  /**
   * The actual folder of the files. It differs from the requested one if the database user cannot
   * reach that.
   */
  readonly directory: string;
  stop(): Promise<void>;
}

const DATABASE = 'bindery';

/**
 * PostgreSQL refuses to run as root. So root runs it as `postgres`, or as `nobody` if there is no
 * such user.
 */
function databaseUser(): User | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ['postgres', 'nobody']) {
    const line = readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .find((entry) => entry.startsWith(`${name}:`));
    const [, , uid, gid] = line?.split(':') ?? [];
    if (uid && gid) return { uid: Number(uid), gid: Number(gid) };
  }
  throw new Error(
    'PostgreSQL does not run as root, and this system has neither a "postgres" nor a "nobody" user to run it as.',
  );
}

/** True if `user` can enter every existing folder down to `path`. */
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

function keyOf(dataDir: string): string {
  return createHash('sha256').update(dataDir).digest('hex').slice(0, 12);
}

/** A socket path may have at most 107 bytes, so it is separate from the data. */
function socketFolder(dataDir: string): string {
  return join(tmpdir(), `bindery-${process.getuid?.() ?? 0}-${keyOf(dataDir)}`);
}

/** The URL of the embedded PostgreSQL of `dataDir` while it runs. */
export function databaseUrlOf(dataDir: string, database = DATABASE): string {
  return `postgresql://${DATABASE}@localhost/${database}?host=${encodeURIComponent(socketFolder(dataDir))}`;
}

/**
 * Folders for data, socket and binaries. They move elsewhere if a parent is closed to the user (a
 * clone under /root, for example).
 */
function places(
  dataDir: string,
  user: User | undefined,
): { data: string; socket: string; native: string } {
  const key = keyOf(dataDir);
  let native = postgresBinaries();
  let data = join(dataDir, 'postgres');
  if (!canReach(data, user)) data = join('/var/tmp', `bindery-${key}`, 'postgres');
  if (!canReach(native, user)) {
    const copy = join(
      '/var/tmp',
      `bindery-native-${process.arch}-${createHash('sha256').update(native).digest('hex').slice(0, 8)}`,
    );
    if (!existsSync(join(copy, 'bin', 'postgres')))
      cpSync(native, copy, { recursive: true, verbatimSymlinks: true });
    native = copy;
  }
  const socket = socketFolder(dataDir);
  for (const folder of [data, socket]) {
    mkdirSync(folder, { recursive: true });
    if (user) chownSync(folder, user.uid, user.gid);
    chmodSync(folder, 0o700);
    // In a shared /tmp, an attacker may have created the folder first to listen in.
    if (statSync(folder).uid !== (user?.uid ?? process.getuid?.()))
      throw new Error(`${folder} belongs to another user; remove it or move DATA_DIR.`);
  }
  return { data, socket, native };
}

function initialise(native: string, data: string, user: User | undefined): void {
  const options = [
    '-D',
    data,
    '-U',
    DATABASE,
    '--auth=trust',
    '-E',
    'UTF8',
    '--locale=C',
    '--no-sync',
    '--no-instructions',
  ];
  try {
    execFileSync(join(native, 'bin', 'initdb'), options, { ...user, cwd: data, stdio: 'pipe' });
  } catch (error) {
    rmSync(data, { recursive: true, force: true });
    throw new Error(
      `PostgreSQL could not be set up in ${data}: ${String((error as { stderr?: Buffer }).stderr ?? error).trim()}`,
    );
  }
}

/**
 * Starts PostgreSQL under `dataDir`, or takes over one that a killed Bindery left running. A
 * database that another running Bindery owns is shared, and `stop` does not end it.
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
  await bringUp(at('postgres'), postmaster, () => launch(native, data, socket, user));
  await createDatabase(at('postgres'), DATABASE);
  if (!shared) writeFileSync(ownerFile, String(process.pid));

  return {
    url: at(DATABASE),
    directory: data,
    async stop() {
      if (shared) return;
      await bringDown(postmaster);
      rmSync(ownerFile, { force: true });
      rmSync(socket, { recursive: true, force: true });
    },
  };
}

/** Creates a database unless it exists; `template` is copied if given. */
export async function createDatabase(
  adminUrl: string,
  name: string,
  template?: string,
): Promise<void> {
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

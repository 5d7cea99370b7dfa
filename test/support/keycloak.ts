import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { atEnd } from './cleanup.ts';

const run = promisify(execFile);

const VERSION = '26.0.8';
const ARTIFACT = `org.keycloak:keycloak-quarkus-dist:${VERSION}:zip`;
/** Unpacked once a checkout; beside the coverage and the embedded database. */
const HOME = resolve('.data', 'keycloak');
const ADMIN = { user: 'admin', password: 'keycloak-admin' } as const;
const STARTS_WITHIN = 240_000;
/** Runs a command until it ends or our end of the pipe is closed: a killed test run leaves no Java. */
const TOGETHER = '("$@"; kill -KILL 0) & cat > /dev/null; kill -KILL 0';

/** Why Keycloak cannot be had here; undefined: it can. The line is printed by who skips. */
export async function missingForKeycloak(): Promise<string | undefined> {
  for (const [command, argument] of [
    ['java', '-version'],
    ['mvn', '-version'],
  ] as const) {
    try {
      await run(command, [argument]);
    } catch {
      return `there is no ${command} on this machine`;
    }
  }
  try {
    await unpack();
  } catch (error) {
    return `Maven does not give ${ARTIFACT}: ${(error as Error).message.split('\n')[0]}`;
  }
  return undefined;
}

async function unpack(): Promise<void> {
  const unpacked = join(HOME, `keycloak-${VERSION}`);
  if (existsSync(join(unpacked, 'bin', 'kc.sh'))) return;
  await mkdir(HOME, { recursive: true });
  const folder = await mkdtemp(join(HOME, 'unpack-'));
  const goal = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:unpack';
  await run('mvn', ['-q', '-B', goal, `-Dartifact=${ARTIFACT}`, `-DoutputDirectory=${folder}`], {
    cwd: folder, // it leaves a marker where it runs
    timeout: 300_000,
  });
  await run('chmod', ['+x', join(folder, `keycloak-${VERSION}`, 'bin', 'kc.sh')]);
  // Another run may have been first; its folder is as good.
  await rename(join(folder, `keycloak-${VERSION}`), unpacked).catch(() => undefined);
  await rm(folder, { recursive: true, force: true });
}

/** A realm as Keycloak imports it; only what tests say. */
export type Realm = Readonly<Record<string, unknown>> & { readonly realm: string };

export interface Keycloak {
  /** The issuer of the realm. */
  readonly issuer: string;
  /** Switches a user of the realm off or on, as its administrator does. */
  setEnabled(username: string, enabled: boolean): Promise<void>;
  /** The id of a user, which is `sub` in its tokens. */
  idOf(username: string): Promise<string>;
}

/** A Keycloak of its own with this realm, on loopback; it is stopped when the file's tests end. */
export async function startKeycloak(realm: Realm): Promise<Keycloak> {
  const data = await mkdtemp(join(tmpdir(), 'bindery-keycloak-'));
  // Each start has a copy of its own: Keycloak writes its build and its database beside itself.
  await run('cp', ['-r', join(HOME, `keycloak-${VERSION}`), join(data, 'home')]);
  await mkdir(join(data, 'home', 'data', 'import'), { recursive: true });
  const file = join(data, 'home', 'data', 'import', `${realm.realm}.json`);
  await writeFile(file, JSON.stringify({ enabled: true, sslRequired: 'none', ...realm }));
  const [port, management] = [await freePort(), await freePort()];
  const child = spawn(
    'sh',
    [
      '-c',
      TOGETHER,
      'sh',
      join(data, 'home', 'bin', 'kc.sh'),
      'start-dev',
      '--import-realm',
      '--http-host=127.0.0.1',
      `--http-port=${port}`,
      `--http-management-port=${management}`,
    ],
    {
      detached: true, // its shell starts Java; a group ends together
      stdio: ['pipe', 'pipe', 'pipe'],
      env: {
        ...process.env,
        KC_BOOTSTRAP_ADMIN_USERNAME: ADMIN.user,
        KC_BOOTSTRAP_ADMIN_PASSWORD: ADMIN.password,
        // It lives for a minute: code that starts fast is worth more than code that runs fast.
        JAVA_OPTS_APPEND: '-Xmx512m -XX:TieredStopAtLevel=1',
      },
    },
  );
  const end = async () => {
    await stop(child);
    await rm(data, { recursive: true, force: true });
  };
  atEnd(end);
  const base = `http://127.0.0.1:${port}`;
  const issuer = `${base}/realms/${realm.realm}`;
  await listens(child, `${issuer}/.well-known/openid-configuration`).catch(async (error) => {
    await end(); // a file that breaks off here has no tests, and so no end
    throw error;
  });
  const admin = async (path: string, init: RequestInit = {}) =>
    await fetch(`${base}/admin/realms/${realm.realm}${path}`, {
      ...init,
      headers: {
        authorization: `Bearer ${await adminToken(base)}`,
        'content-type': 'application/json',
      },
    });
  const idOf = async (username: string) => {
    const answer = await admin(`/users?exact=true&username=${encodeURIComponent(username)}`);
    const [user] = (await answer.json()) as { id: string }[];
    if (!user) throw new Error(`the realm has no ${username}`);
    return user.id;
  };
  return {
    issuer,
    idOf,
    setEnabled: async (username, enabled) => {
      const body = JSON.stringify({ enabled });
      const answer = await admin(`/users/${await idOf(username)}`, { method: 'PUT', body });
      if (answer.status !== 204) throw new Error(`Keycloak answered ${answer.status}`);
    },
  };
}

async function adminToken(base: string): Promise<string> {
  const answer = await fetch(`${base}/realms/master/protocol/openid-connect/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'password',
      client_id: 'admin-cli',
      username: ADMIN.user,
      password: ADMIN.password,
    }),
  });
  const { access_token: token } = (await answer.json()) as { access_token?: string };
  if (token === undefined) throw new Error(`Keycloak answered ${answer.status}`);
  return token;
}

async function listens(child: ChildProcess, url: string): Promise<void> {
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk) => {
      said = `${said}${chunk}`.slice(-4_000);
    });
  const until = Date.now() + STARTS_WITHIN;
  while (Date.now() < until && runs(child)) {
    const answer = await fetch(url).catch(() => undefined);
    if (answer?.ok) return;
    await new Promise((next) => setTimeout(next, 500));
  }
  throw new Error(`Keycloak did not start:\n${said}`);
}

function runs({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode === null && signalCode === null;
}

async function stop(child: ChildProcess): Promise<void> {
  if (!runs(child) || child.pid === undefined) return;
  const ended = new Promise((end) => child.once('close', end));
  process.kill(-child.pid, 'SIGKILL');
  await ended;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((closed) => server.close(() => closed()));
  return port;
}

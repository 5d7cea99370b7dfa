import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, test } from '@jest/globals';
import { freePorts } from '../support/child.ts';

const folder = await mkdtemp(join(tmpdir(), 'bindery-start-'));
await chmod(folder, 0o711); // the database user may enter
const dataDir = join(folder, 'data');
const [port, managementPort, platformPort] = (await freePorts(3)) as [number, number, number];
const issuer = `http://localhost:${port}`;
let running: ChildProcess | undefined;

afterAll(async () => {
  await pressCtrlC();
  await rm(folder, { recursive: true, force: true });
});

/** Runs the command of the README in its own process group, as a terminal does for Ctrl-C. */
async function npmStart(): Promise<string> {
  const child = spawn('npm', ['start'], {
    detached: true,
    env: {
      ...process.env,
      NODE_ENV: '',
      PORT: String(port),
      MANAGEMENT_PORT: String(managementPort),
      DEMO_PLATFORM_PORT: String(platformPort),
      DATA_DIR: dataDir,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running = child;
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (part: string) => {
      output += part;
    });
  }
  for (const until = Date.now() + 60_000; !output.includes('is ready in'); await sleep(50)) {
    if (child.exitCode !== null || Date.now() > until)
      throw new Error(`npm start did not get ready:\n${output}`);
  }
  return output;
}

async function pressCtrlC(): Promise<void> {
  const child = running;
  if (!child?.pid || child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  process.kill(-child.pid, 'SIGINT');
  await ended;
}

async function demo(): Promise<number | null> {
  const child = spawn(process.execPath, ['examples/demo/main.ts', '--issuer', issuer], {
    stdio: 'ignore',
  });
  return await new Promise((resolve) => child.once('exit', resolve));
}

const keys = async (): Promise<unknown> => await (await fetch(`${issuer}/jwks`)).json();

test('npm start runs the demo, ends with Ctrl-C, and keeps its data [R6]', async () => {
  const said = await npmStart();
  expect(said).toMatch(new RegExp(`${issuer}/bind`));
  expect(said).toMatch(/linxiao-reads/);
  expect(await demo()).toBe(0);
  const before = await keys();

  await pressCtrlC();
  // The server has ended.
  await expect(fetch(issuer)).rejects.toThrow();
  for (
    const until = Date.now() + 10_000;
    existsSync(join(dataDir, 'postgres', 'postmaster.pid')) && Date.now() < until;
  )
    await sleep(50);
  // PostgreSQL has ended as well.
  expect(existsSync(join(dataDir, 'postgres', 'postmaster.pid'))).toBe(false);

  await npmStart();
  expect(await keys()).toStrictEqual(before);
  expect(await demo()).toBe(0);
});

import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { send } from './http.ts';

export interface Child {
  readonly pid: number;
  readonly issuer: string;
  readonly management: string;
}

const HOST = '127.0.0.1';
const READY_MS = 30_000;
const STOP_MS = 10_000;
const LAST_WORDS = 4_000;

const alive = new Set<ChildProcess>();
let over = false;

/**
 * Ends every process started here, including one that is still starting. No other can start
 * afterwards.
 */
export async function endChildren(): Promise<void> {
  over = true;
  await Promise.all([...alive].map(end));
}

/** Starts `script` as its own process on free ports and waits until it is ready. */
export async function startChild(
  script: string,
  env: Readonly<Record<string, string>>,
): Promise<Child> {
  const [port, managementPort] = await freePorts(2);
  if (over) throw new Error('the benchmark is being stopped');
  const issuer = `http://${HOST}:${port}`;
  const management = `http://${HOST}:${managementPort}`;
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(process.execPath, [script], {
    env: {
      PATH,
      HOME,
      HOST,
      PORT: String(port),
      MANAGEMENT_PORT: String(managementPort),
      ISSUER: issuer,
      LOG_LEVEL: 'warn',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  alive.add(child);
  child.once('exit', () => alive.delete(child));
  let lastWords = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (text: Buffer) => {
      lastWords = (lastWords + text.toString()).slice(-LAST_WORDS);
    });
  }
  try {
    await ready(child, new URL('/health/ready', management));
  } catch (error) {
    throw new Error(`${script} did not start: ${(error as Error).message}\n${lastWords}`);
  }
  return { pid: child.pid as number, issuer, management };
}

async function ready(child: ChildProcess, url: URL): Promise<void> {
  let why = 'it was not ready in time';
  for (const deadline = Date.now() + READY_MS; Date.now() < deadline; await sleep(50)) {
    if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}`);
    const answer = await send(url).catch(() => undefined);
    if (answer?.status === 200) return;
    if (answer) why = `its health says ${answer.status} ${answer.body}`;
  }
  throw new Error(why);
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = new Promise<void>((done) => child.once('exit', () => done()));
  child.kill('SIGTERM');
  const patience = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  await exit;
  clearTimeout(patience);
}

async function freePorts(count: number): Promise<readonly number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((done, fail) => server.once('error', fail).listen(0, HOST, done));
      return server;
    }),
  );
  return await Promise.all(
    servers.map(async (server) => {
      const { port } = server.address() as { port: number };
      await new Promise((done) => server.close(done));
      return port;
    }),
  );
}

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { atEnd } from './cleanup.ts';

const READY_WITHIN_MS = 60_000;
const END_WITH_PARENT = new URL('end-with-parent.ts', import.meta.url).href;

/**
 * The server as `npm start` runs it: a process of its own, which a test may kill at any moment and
 * start again.
 */
export class ChildServer {
  readonly issuer: string;
  readonly managementUrl: string;
  /** All output on both streams, over all starts. */
  output = '';
  #env: Readonly<Record<string, string>>;
  #process: ChildProcess | undefined;

  constructor({
    port,
    managementPort,
    platformPort,
  }: {
    readonly port: number;
    readonly managementPort: number;
    readonly platformPort: number;
  }) {
    this.issuer = `http://localhost:${port}`;
    this.managementUrl = `http://127.0.0.1:${managementPort}`;
    this.#env = {
      PORT: String(port),
      MANAGEMENT_PORT: String(managementPort),
      DEMO_PLATFORM_PORT: String(platformPort),
      DEMO: 'true',
      CLOCK: 'controllable',
    };
  }

  /** Starts it, and resolves when it is ready. `env` is added to the earlier environment. */
  async start(env: Readonly<Record<string, string>> = {}): Promise<void> {
    this.#env = { ...this.#env, ...env };
    const child = spawn(process.execPath, ['--import', END_WITH_PARENT, 'src/main.ts'], {
      env: { PATH: process.env.PATH, HOME: process.env.HOME, ...this.#env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.#process = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8');
      stream.on('data', (part: string) => {
        this.output += part;
      });
    }
    for (const until = Date.now() + READY_WITHIN_MS; ; ) {
      if (child.exitCode !== null || Date.now() > until)
        throw new Error(`the server did not start:\n${this.output.slice(-2_000)}`);
      const ready = await fetch(`${this.managementUrl}/health/ready`).then(
        ({ ok }) => ok,
        () => false,
      );
      if (ready) return;
      await sleep(25);
    }
  }

  /** The processes that serve, if there are several, and its own database if it has one. */
  workers(): number[] {
    // The demo's own platform is a child too, but no worker. One that was killed counts until the
    // first process has noticed: until then it hands connections to it.
    const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' });
    const children = stdout.matchAll(/^ *(\d+) +(\d+) +(.*)$/gm);
    return [...children]
      .filter(
        ([, , parent, args = '']) =>
          Number(parent) === this.#process?.pid && !args.includes('demo-platform'),
      )
      .map(([, pid]) => Number(pid));
  }

  /** kill -9: nothing is finished, flushed or logged. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** As Ctrl-C does. */
  async stop(): Promise<void> {
    await this.#end('SIGTERM');
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#process;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.kill(signal);
    await ended;
  }
}

/**
 * A child with ports of its own, for the caller to start; it is stopped when the file's tests end.
 */
export async function makeChild(): Promise<ChildServer> {
  const [port, managementPort, platformPort] = (await freePorts(3)) as [number, number, number];
  const child = new ChildServer({ port, managementPort, platformPort });
  atEnd(async () => await child.stop());
  return child;
}

export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  await Promise.all(
    servers.map(async (server) => await new Promise<void>((resolve) => server.listen(0, resolve))),
  );
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(
    servers.map(
      async (server) => await new Promise<void>((resolve) => server.close(() => resolve())),
    ),
  );
  return ports;
}

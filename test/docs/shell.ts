import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

const MOST_MS = 180_000;
const END_MS = 20_000;

/**
 * One `bash` that a reader of a document would type into. It ends at the first command that fails.
 * What it started ends with it, also when the test run is killed: its stdin closes then.
 */
export class Shell {
  readonly #process: ChildProcess;
  readonly #ended: Promise<void>;
  #output = '';

  constructor(env: Readonly<Record<string, string>>) {
    this.#process = spawn('bash', ['-s'], {
      env: { PATH: process.env.PATH, ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true, // a group of its own, which ends as a whole
    });
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      stream?.setEncoding('utf8');
      stream?.on('data', (part: string) => {
        this.#output += part;
      });
    }
    this.#ended = new Promise((resolve) => this.#process.once('exit', () => resolve()));
    this.#process.stdin?.on('error', () => {}); // it ended; `run` says so
    this.#process.stdin?.write(`trap 'trap - TERM; kill 0' EXIT\nset -eo pipefail\n`);
  }

  /** What the commands print, on both streams. Throws with it if one of them fails. */
  async run(commands: string): Promise<string> {
    const mark = `--${randomBytes(12).toString('hex')}`;
    this.#output = '';
    // No command may read the rest of the document as its input.
    this.#process.stdin?.write(`{\n${commands}\n} < /dev/null 2>&1\necho ${mark}\n`);
    const until = Date.now() + MOST_MS;
    while (!this.#output.includes(mark)) {
      if (this.#process.exitCode !== null || this.#process.signalCode !== null)
        throw new Error(`a command failed:\n${commands}\n${this.#output}`);
      if (Date.now() > until) throw new Error(`a command hangs:\n${commands}\n${this.#output}`);
      await sleep(20);
    }
    return this.#output.slice(0, this.#output.indexOf(mark));
  }

  async stop(): Promise<void> {
    this.#process.stdin?.end();
    await this.#ended;
    for (const until = Date.now() + END_MS; this.#lives(); await sleep(50))
      if (Date.now() > until) process.kill(-(this.#process.pid ?? 0), 'SIGKILL');
  }

  /** Does any process of its group live? */
  #lives(): boolean {
    try {
      process.kill(-(this.#process.pid ?? 0), 0);
      return true;
    } catch {
      return false;
    }
  }
}

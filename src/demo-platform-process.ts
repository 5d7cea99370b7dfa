import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Logger } from 'pino';
import type { Config } from './config.ts';

const PROGRAM = fileURLToPath(new URL('../examples/demo-platform/main.ts', import.meta.url));

/**
 * Runs the demo's own platform beside a demo server. It is a program of its own, as a real platform
 * would be. Without it the demo goes on; only sign-in there does not work.
 */
export function startDemoPlatform(
  { demoPlatform, issuer }: Pick<Config, 'demoPlatform' | 'issuer'>,
  log: Pick<Logger, 'warn'>,
): { stop(): Promise<void> } {
  if (!demoPlatform) return { stop: async () => {} };
  const child = fork(PROGRAM, {
    env: { ISSUER: issuer, DEMO_PLATFORM_PORT: String(demoPlatform.port) },
    execArgv: [],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  let stopping = false;
  child.once('exit', (code) => {
    const { port } = demoPlatform;
    if (!stopping) log.warn({ code, port }, 'the demo’s platform does not run; is its port free?');
  });
  child.once('error', () => {});
  return {
    stop: async () => {
      stopping = true;
      await ended(child);
    },
  };
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  await new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.kill('SIGTERM');
  });
}

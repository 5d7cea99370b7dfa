import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Postgres } from './postgres.ts';
import { figure, table } from './table.ts';

export interface ImportFigures {
  readonly accounts: number;
  readonly seconds: number;
  /** The most that the command held at once, in MiB; PostgreSQL is not in it. */
  readonly memory: number;
}

/** As an operator starts it: `npm run cli` has the same option. */
const COMMAND = ['--optimize-for-size', 'src/cli/main.ts', 'accounts', 'import'];
const HASH = '$2b$10$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW';

/** Imports a file of accounts, each with a picture and a password hash, into an empty database. */
export async function measureImport(postgres: Postgres, quick: boolean): Promise<ImportFigures> {
  const accounts = quick ? 20_000 : 1_000_000;
  const file = join(postgres.folder, 'accounts.jsonl');
  await writeAccounts(file, accounts);
  const env = {
    PATH: process.env.PATH,
    DATABASE_URL: await postgres.database('import'),
    DATA_DIR: join(postgres.folder, 'import'),
    DEMO: 'false',
  };
  const startedAt = performance.now();
  const child = spawn(process.execPath, [...COMMAND, file, '--platform', 'bench', '--json'], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.on('data', (text) => {
    said += text;
  });
  let memory = 0;
  const looking = setInterval(() => {
    memory = Math.max(memory, peakOf(child.pid ?? 0));
  }, 200);
  const [code] = await once(child, 'close');
  clearInterval(looking);
  const seconds = (performance.now() - startedAt) / 1000;
  const { created } = code === 0 ? JSON.parse(said) : { created: 0 };
  if (created !== accounts) throw new Error(`${created} accounts were created, not ${accounts}`);
  return { accounts, seconds, memory };
}

/** MiB; 0 where the system does not tell. */
function peakOf(pid: number): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

async function writeAccounts(file: string, accounts: number): Promise<void> {
  const out = createWriteStream(file);
  for (let n = 0; n < accounts; n += 1) {
    const row = {
      externalId: `u-${n}`,
      login: `user-${n}`,
      displayName: `用户 ${n}`,
      avatarUrl: `https://cdn.example/${n}.png`,
      kind: 'personal',
      status: 'normal',
      passwordHash: HASH,
    };
    if (!out.write(`${JSON.stringify(row)}\n`)) await once(out, 'drain');
  }
  out.end();
  await once(out, 'finish');
}

export function importReport({ accounts, seconds, memory }: ImportFigures): string {
  return table(
    ['import', '', 'seconds', 'a second', 'MiB at most'],
    [
      [
        `${figure(accounts, 0)} accounts`,
        '',
        figure(seconds, 1),
        figure(accounts / seconds, 0),
        figure(memory || null, 0),
      ],
    ],
  );
}

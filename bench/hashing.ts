import { argon2, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { hashRaw } from '@node-rs/argon2';
import * as argon2Package from 'argon2';
import { median } from './statistics.ts';
import { figure, table } from './table.ts';

/** The parameters of `src/accounts/passwords.ts`: argon2id, 19 MiB, two passes, one lane. */
const MEMORY_KIB = 19_456;
const PASSES = 2;
const LANES = 1;
const TAG_BYTES = 32;

type Hash = (password: string, salt: Buffer) => Promise<Buffer>;

const nodeArgon2 = promisify(argon2);

// biome-ignore format: a table is read by its columns
const LIBRARIES = {
  '@node-rs/argon2': (password, salt) =>
    hashRaw(password, { memoryCost: MEMORY_KIB, timeCost: PASSES, parallelism: LANES, outputLen: TAG_BYTES, salt }),
  'argon2': (password, salt) =>
    argon2Package.hash(password, { memoryCost: MEMORY_KIB, timeCost: PASSES, parallelism: LANES, hashLength: TAG_BYTES, salt, raw: true }),
  'node:crypto': (password, nonce) =>
    nodeArgon2('argon2id', { message: password, nonce, memory: MEMORY_KIB, passes: PASSES, parallelism: LANES, tagLength: TAG_BYTES }),
} as const satisfies Record<string, Hash>;

export interface HashingFigures {
  readonly library: string;
  /**
   * CPU time of this process in milliseconds per hash, one value per round: user and system, all
   * threads.
   */
  readonly rounds: readonly number[];
  readonly hashes: number;
}

/**
 * Measures CPU time per password hash of three argon2id libraries. They hash one password at a
 * time, in turns. Throws if two libraries give different tags for one password and salt, because
 * then they do not do the same work.
 */
export async function measureHashing(quick: boolean): Promise<readonly HashingFigures[]> {
  const { rounds, hashes } = quick ? { rounds: 3, hashes: 10 } : { rounds: 15, hashes: 40 };
  await checkSameTags();
  const measured = new Map<string, number[]>();
  for (let round = 0; round < rounds; round += 1) {
    for (const [library, hash] of Object.entries(LIBRARIES)) {
      const values = measured.get(library) ?? [];
      measured.set(library, [...values, await cpuPerHash(hash, hashes)]);
    }
  }
  return [...measured].map(([library, values]) => ({ library, rounds: values, hashes }));
}

/** Also warms up: every library has run once before it is measured. */
async function checkSameTags(): Promise<void> {
  const salt = randomBytes(16);
  const tags = await Promise.all(
    Object.values(LIBRARIES).map((hash) => hash('one password', salt)),
  );
  if (tags.some((tag) => !tag.equals(tags[0] ?? Buffer.alloc(0))))
    throw new Error('the libraries do not agree on a tag');
}

async function cpuPerHash(hash: Hash, hashes: number): Promise<number> {
  const before = process.cpuUsage();
  for (let done = 0; done < hashes; done += 1) await hash(`password ${done}`, randomBytes(16));
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / hashes;
}

export function hashingReport(figures: readonly HashingFigures[]): string {
  const least = Math.min(...figures.map(({ rounds }) => median(rounds)));
  const rows = figures.map(({ library, rounds, hashes }) => [
    library,
    '',
    figure(rounds.length * hashes, 0),
    figure(median(rounds), 1),
    figure(Math.min(...rounds), 1),
    figure(Math.max(...rounds), 1),
    figure(median(rounds) / least, 1),
  ]);
  return table(
    ['hashing, CPU ms a hash', '', 'hashes', 'median', 'least', 'most', ': least'],
    rows,
  );
}

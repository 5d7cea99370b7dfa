import { parseArgs } from 'node:util';
import type { Operation } from './operation.ts';

export interface Options {
  readonly quick: boolean;
  readonly json: string | undefined;
  readonly operations: readonly Operation[];
  /** Growth of policy decisions with the tables. It loads for minutes, so it runs only if named. */
  readonly policy: boolean;
  /** CPU time of three password-hashing libraries. Runs only if named. */
  readonly hashing: boolean;
  /** An import of a million accounts; 20,000 if it is quick. Runs only if named. */
  readonly import: boolean;
}

export const USAGE = `npm run bench -- [--quick] [--json FILE] [--only NAME[,NAME]]
  --quick   ends within a minute; rougher
  --json    writes every figure to FILE
  --only    measures these operations only; three are measured only when they are named:
            "policy" (how decisions cost as tables grow), "hashing" (CPU of argon2id libraries),
            "import" (a million accounts; 20,000 with --quick)`;

const POLICY = 'policy';
const HASHING = 'hashing';
const IMPORT = 'import';
const ONLY_WHEN_NAMED: readonly string[] = [POLICY, HASHING, IMPORT];

/** Thrown for invalid arguments. */
export class UsageError extends Error {}

export function readOptions(args: readonly string[], known: readonly Operation[]): Options {
  let values: { quick?: boolean; json?: string; only?: string };
  try {
    ({ values } = parseArgs({
      args: [...args],
      options: { quick: { type: 'boolean' }, json: { type: 'string' }, only: { type: 'string' } },
    }));
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
  const named = values.only?.split(',').map((name) => name.trim());
  const wanted = named?.filter((name) => !ONLY_WHEN_NAMED.includes(name));
  const strange =
    wanted?.filter((name) => !known.some((operation) => operation.name === name)) ?? [];
  if (strange.length > 0)
    throw new UsageError(
      `no such operation: ${strange.join(', ')}; there are ${[...known.map(({ name }) => name), ...ONLY_WHEN_NAMED].join(', ')}`,
    );
  return {
    quick: values.quick ?? false,
    json: values.json,
    policy: named?.includes(POLICY) ?? false,
    hashing: named?.includes(HASHING) ?? false,
    import: named?.includes(IMPORT) ?? false,
    operations: wanted ? known.filter(({ name }) => wanted.includes(name)) : known,
  };
}

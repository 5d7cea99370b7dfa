import { parseArgs } from 'node:util';
import type { Operation } from './operation.ts';

export interface Options {
  readonly quick: boolean;
  readonly json: string | undefined;
  readonly operations: readonly Operation[];
}

export const USAGE = `npm run bench -- [--quick] [--json FILE] [--only NAME[,NAME]]
  --quick   ends within a minute; rougher
  --json    writes every figure to FILE
  --only    measures these operations only`;

/** Thrown for arguments that mean nothing here. */
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
  const wanted = values.only?.split(',').map((name) => name.trim());
  const strange = wanted?.filter((name) => !known.some((operation) => operation.name === name)) ?? [];
  if (strange.length > 0)
    throw new UsageError(`no such operation: ${strange.join(', ')}; there are ${known.map(({ name }) => name).join(', ')}`);
  return {
    quick: values.quick ?? false,
    json: values.json,
    operations: wanted ? known.filter(({ name }) => wanted.includes(name)) : known,
  };
}

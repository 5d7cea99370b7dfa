import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { HOOKS, loadPacks } from '../src/policy/registry.ts';
import { AddressBook } from './addresses.ts';
import { Evaluator } from './evaluator.ts';
import { Ledger } from './ledger.ts';
import { report } from './report.ts';
import { simulate } from './simulation.ts';

const USAGE = `npm run sim -- [--seed N] [--pack ID] [--json FILE] [--no-address-database]
  --seed   which world (default 2026); the same seed gives the same figures
  --pack   the pack whose hooks judge (default douyin)
  --json   writes the counts to FILE
  --no-address-database   an operator who has bought none`;

async function main(args: readonly string[]): Promise<number> {
  let values: { seed?: string; pack?: string; json?: string; 'no-address-database'?: boolean };
  try {
    ({ values } = parseArgs({
      args: [...args],
      options: {
        seed: { type: 'string' },
        pack: { type: 'string' },
        json: { type: 'string' },
        'no-address-database': { type: 'boolean' },
      },
    }));
  } catch (error) {
    return complain((error as Error).message);
  }
  const seed = Number(values.seed ?? 2026);
  if (!Number.isSafeInteger(seed) || seed < 0)
    return complain(`--seed ${values.seed} is not a whole number`);
  const packs = await loadPacks();
  const pack = packs.get(values.pack ?? 'douyin');
  if (!pack)
    return complain(`there is no pack ${values.pack}; there are ${[...packs.keys()].join(', ')}`);
  const ledger = new Ledger();
  const addresses = values['no-address-database'] ? null : new AddressBook();
  const outcome = simulate(seed, {
    evaluator: new Evaluator(pack, HOOKS, ledger, addresses),
    ledger,
  });
  process.stdout.write(`${report(seed, pack.id, outcome)}\n`);
  if (values.json !== undefined)
    writeFileSync(values.json, `${JSON.stringify({ seed, pack: pack.id, ...outcome }, null, 2)}\n`);
  return 0;
}

function complain(what: string): number {
  process.stderr.write(`${what}\n\n${USAGE}\n`);
  return 2;
}

process.exitCode = await main(process.argv.slice(2));

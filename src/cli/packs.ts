import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { Command } from 'commander';
import { packSchema } from '../policy/pack.ts';
import { readPack } from '../policy/registry.ts';

/** `packs …`: an operator's own rules, looked over before anybody is bound by them (R41). */
export function addPackCommands(program: Command, say: (text: string) => void): void {
  const packs = program.command('packs').description('policy packs: the rules of bindings as data (docs/packs.md)');

  packs
    .command('check')
    .description('tell every mistake in policy packs, by file and path')
    .argument('<file...>', 'packs as JSON')
    .action((files: readonly string[]) => {
      for (const file of files) {
        const read = readPack(basename(file), readFileSync(file, 'utf8'));
        if (read.ok) {
          say(`${file}: pack "${read.value.id}" version ${read.value.version} is good.`);
          continue;
        }
        for (const { path, problem } of read.problems) say(`${file}: ${path === '' ? problem : `${path}: ${problem}`}`);
        process.exitCode = 1;
      }
    });

  packs
    .command('schema')
    .description('print the JSON Schema of policy packs, for editors')
    .action(() => say(JSON.stringify(packSchema(), null, 2)));
}

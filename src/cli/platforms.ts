import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { Command } from 'commander';
import { readPlatform } from '../platforms/load-platforms.ts';
import { platformSchema } from '../platforms/platform.ts';

/** `platforms …`: checks an operator's platforms before anybody signs in there (R45). */
export function addPlatformCommands(program: Command, say: (text: string) => void): void {
  const platforms = program
    .command('platforms')
    .description('platforms of accounts as data (docs/platforms.md)');

  platforms
    .command('check')
    .description('tell every mistake in files of platforms, by file and path')
    .argument('<file...>', 'platforms as JSON')
    .option('--production', 'check what production needs, such as https', false)
    .action((files: readonly string[], { production }: { production: boolean }) => {
      for (const file of files) {
        const read = readPlatform(basename(file), readFileSync(file, 'utf8'), production);
        if (read.ok) {
          const { id, providers } = read.value;
          say(`${file}: platform "${id}" with ${providers.length} providers is good.`);
          continue;
        }
        for (const { path, problem } of read.problems)
          say(`${file}: ${path === '' ? problem : `${path}: ${problem}`}`);
        process.exitCode = 1;
      }
    });

  platforms
    .command('schema')
    .description('print the JSON Schema of platforms, for editors')
    .action(() => say(JSON.stringify(platformSchema(), null, 2)));
}

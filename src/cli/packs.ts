import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import type { Config } from '../config.ts';
import { decisionPointHooks } from '../decision-points/load-decision-points.ts';
import { DAY, plusSeconds } from '../kernel/time.ts';
import { countShadow, readDecisions } from '../policy/decisions.store.ts';
import type { Hook } from '../policy/hook.ts';
import { packSchema } from '../policy/pack.ts';
import { HOOKS, readPack } from '../policy/registry.ts';
import { PackTrial } from '../policy/try-pack.ts';
import { readClock } from '../store/clock.store.ts';
import { addPackVersionCommands } from './pack-versions.ts';
import { withPlatform } from './with-platform.ts';

/** `packs …`: checks an operator's own rules before they apply to anybody (R41). */
export function addPackCommands(
  program: Command,
  say: (text: string) => void,
  config: () => Config,
): void {
  const packs = program
    .command('packs')
    .description('policy packs: the rules of bindings as data (docs/packs.md)');

  packs
    .command('check')
    .description('tell every mistake in policy packs, by file and path')
    .argument('<file...>', 'packs as JSON')
    .action(async (files: readonly string[]) => {
      const hooks = await knownHooks(config());
      for (const file of files) {
        const read = readPack(basename(file), readFileSync(file, 'utf8'), hooks);
        if (read.ok) {
          say(`${file}: pack "${read.value.id}" version ${read.value.version} is good.`);
          continue;
        }
        for (const { path, problem } of read.problems)
          say(`${file}: ${path === '' ? problem : `${path}: ${problem}`}`);
        process.exitCode = 1;
      }
    });

  packs
    .command('try')
    .description(
      'replay past decisions against a pack, and print what would change; changes nothing',
    )
    .argument('<file>', 'a pack as JSON')
    .option('--since <days>', 'how far back, as in 30d', parseDays, parseDays('30d'))
    .option('--of <pack>', 'whose decisions to replay; the pack’s own otherwise')
    .action(async (file: string, { since, of }: { since: number; of?: string }) => {
      const hooks = await knownHooks(config());
      const read = readPack(basename(file), readFileSync(file, 'utf8'), hooks);
      if (!read.ok)
        throw new Error(`${file} has mistakes; npm run cli -- packs check ${file} tells them.`);
      const pack = of ?? read.value.id;
      const trial = new PackTrial(read.value, hooks);
      await withPlatform(config(), async (db) => {
        const from = plusSeconds(await readClock(db), -since * DAY);
        for await (const decision of readDecisions(db, { pack, since: from })) trial.add(decision);
      });
      const { replayed, unchanged, undecidable, changes } = trial.trial;
      say(
        `${replayed} decisions of the last ${since} days under "${pack}", replayed under "${read.value.id}" version ${read.value.version}:`,
      );
      say(`${padded(unchanged)}  as it was`);
      for (const { from, to, count, examples } of changes)
        say(`${padded(count)}  ${from} → ${to}  (${examples.join(', ')})`);
      if (undecidable > 0)
        say(
          `${padded(undecidable)}  cannot be decided: the decision lacks a fact or an answer that this pack needs`,
        );
    });

  packs
    .command('shadow')
    .description('compare what hooks in shadow said with what was decided')
    .option('--since <days>', 'how far back, as in 30d', parseDays, parseDays('30d'))
    .action(async ({ since }: { since: number }) => {
      await withPlatform(config(), async (db) => {
        const counts = await countShadow(db, plusSeconds(await readClock(db), -since * DAY));
        if (counts.length === 0) say(`No hook ran in shadow in the last ${since} days.`);
        for (const {
          pack,
          hook,
          version,
          decisions,
          allow,
          step_up,
          review,
          deny,
          stricter,
        } of counts) {
          const said = `allow ${allow}, step_up ${step_up}, review ${review}, deny ${deny}`;
          say(
            `${pack}: ${hook} version ${version}: ${decisions} decisions (${said}); ${stricter} would have been stricter.`,
          );
        }
      });
    });

  packs
    .command('schema')
    .description('print the JSON Schema of policy packs, for editors')
    .action(() => say(JSON.stringify(packSchema(), null, 2)));

  addPackVersionCommands(packs, say, config);
}

/** The built-in hooks and the decision points of this installation. */
async function knownHooks({ decisionPoints }: Config): Promise<readonly Hook[]> {
  return [...HOOKS, ...(await decisionPointHooks(decisionPoints))];
}

function parseDays(typed: string): number {
  const days = Number(/^([1-9]\d{0,4})d$/.exec(typed)?.[1]);
  if (Number.isNaN(days)) throw new InvalidArgumentError('give days, as in 30d');
  return days;
}

function padded(count: number): string {
  return String(count).padStart(8);
}

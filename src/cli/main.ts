import { Command } from 'commander';
import { readConfig } from '../config.ts';
import { cleanUp } from '../jobs/clean-up.ts';
import { rotateRecords } from '../jobs/rotate-records.ts';
import { makeLog } from '../log.ts';
import { preparePlatform } from '../start.ts';
import { migrate } from '../store/migrate.ts';
import { addAccountCommands } from './accounts.ts';
import { addAffiliationCommands } from './affiliations.ts';
import { addBootstrapCommand } from './bootstrap.ts';
import { addClientCommands } from './clients.ts';
import { diagnose } from './doctor.ts';
import { addEvidenceCommands } from './evidence.ts';
import { addKeyCommands } from './keys.ts';
import { addPackCommands } from './packs.ts';
import { addPaymentCommands } from './payments.ts';
import { addPlatformCommands } from './platforms.ts';
import { addRelativeCommands } from './relatives.ts';
import { addRoleCommand } from './roles.ts';
import { withPlatform } from './with-platform.ts';

/**
 * Operator commands: `npm run cli -- help`. A command exits with 0 on success. Otherwise it prints
 * a message and exits with 1.
 */
const program = new Command('bindery').description('Operator commands of Bindery');

const say = (text: string): void => void process.stdout.write(`${text}\n`);

program
  .command('migrate')
  .description('bring the database of DATABASE_URL to the newest schema')
  .action(async () => {
    const { databaseUrl } = readConfig(process.env);
    if (databaseUrl === undefined)
      throw new Error(
        'DATABASE_URL is not set; the embedded PostgreSQL migrates itself at every start.',
      );
    const ran = await migrate(databaseUrl);
    say(ran.length === 0 ? 'The schema is the newest already.' : `Ran ${ran.join(', ')}.`);
  });

program
  .command('seed-demo')
  .description('people the database with the demo world (needs DEMO=true)')
  .action(async () => {
    const config = readConfig(process.env);
    if (!config.demo)
      throw new Error(
        'DEMO is off: the demo world has known passwords. Set DEMO=true if that is what you want.',
      );
    const platform = await preparePlatform(config, makeLog('warn'));
    await platform.embedded?.stop();
    say('The demo world is there.');
  });

program
  .command('clean-up')
  .description('end overdue requests, delete expired rows and drop old records, once')
  .action(async () => {
    const config = readConfig(process.env);
    await withPlatform(config, async (db) => {
      const { ended, deleted } = await cleanUp({ db, lifetimes: config.lifetimes });
      const dropped = await rotateRecords(db, config.recordMonths);
      say(`Ended ${ended} overdue requests, deleted ${deleted} expired rows.`);
      say(`Dropped ${dropped.length} months of records that are past their life.`);
    });
  });

addAccountCommands(program, say, () => readConfig(process.env));
addAffiliationCommands(program, say, () => readConfig(process.env));
addEvidenceCommands(program, say, () => readConfig(process.env));
addBootstrapCommand(program, say, () => readConfig(process.env));
addClientCommands(program, say, () => readConfig(process.env));
addRoleCommand(program, say, () => readConfig(process.env));
addKeyCommands(program, say, () => readConfig(process.env));
addRelativeCommands(program, say, () => readConfig(process.env));
addPlatformCommands(program, say);
addPackCommands(program, say, () => readConfig(process.env));
addPaymentCommands(program, say, () => readConfig(process.env));

program
  .command('doctor')
  .description('tell what is wrong with this installation, in words')
  .action(async () => {
    const findings = await diagnose(process.env);
    for (const { ok, what, advice } of findings)
      say(`${ok ? '✔' : '✖'} ${what}${advice === undefined ? '' : `\n    ${advice}`}`);
    const wrong = findings.filter(({ ok }) => !ok).length;
    say(
      wrong === 0
        ? '\nNothing is wrong.'
        : `\n${wrong} of ${findings.length} checks found something.`,
    );
    if (wrong > 0) process.exitCode = 1;
  });

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

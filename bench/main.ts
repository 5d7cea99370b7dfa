import { writeFileSync } from 'node:fs';
import { endChildren } from './child.ts';
import { hashingReport, measureHashing } from './hashing.ts';
import { importReport, measureImport } from './import.ts';
import { thisMachine } from './machine.ts';
import { measure } from './measure/rounds.ts';
import type { Operation } from './operation.ts';
import { OPERATIONS } from './operations/index.ts';
import { type Options, readOptions, USAGE, UsageError } from './options.ts';
import { nextPlan } from './plan.ts';
import { measureGrowth } from './policy/growth.ts';
import { growthReport } from './policy/report.ts';
import { type Postgres, startPostgres } from './postgres.ts';
import { figuresTable, headline, legend, ratioTable, serverLines } from './report.ts';
import { type Result, resultOf } from './result.ts';
import { SERVERS, type Server, type ServerName, startServer } from './server.ts';

const running: { postgres?: Promise<Postgres>; servers: Server[] } = { servers: [] };

async function stopAll(): Promise<void> {
  await endChildren();
  const { postgres } = running;
  delete running.postgres;
  await (await postgres)?.stop();
}

async function main({ quick, json, operations, ...only }: Options): Promise<void> {
  running.postgres = startPostgres();
  const postgres = await running.postgres;
  const machine = thisMachine(postgres.version);
  const names = (Object.keys(SERVERS) as ServerName[]).filter((name) =>
    operations.some((operation) => isOn(operation, name)),
  );
  console.log(`${headline(machine)}\n${serverLines(names)}\n`);
  for (const name of names) running.servers.push(await startServer(name, postgres));

  const results: Result[] = [];
  for (const [index, operation] of operations.entries()) {
    const pairs = {
      next: serversOf(operation).length,
      left: operations.slice(index).flatMap(serversOf).length,
    };
    const plan = nextPlan(quick, pairs);
    process.stderr.write(`${operation.name}: ${operation.says}\n`);
    results.push(resultOf(operation, plan, await measure(operation, serversOf(operation), plan)));
  }
  const repeat = [
    'npm run bench',
    ...(process.argv.length > 2 ? ['--', ...process.argv.slice(2)] : []),
  ].join(' ');
  if (results.length > 0)
    console.log(
      [figuresTable(results), ratioTable(results), legend(results, repeat)]
        .filter(Boolean)
        .join('\n\n'),
    );
  const growth = only.policy
    ? await measureGrowth(postgres, quick, (text) => void process.stderr.write(`${text}\n`))
    : [];
  if (growth.length > 0) console.log(`${growthReport(growth)}\n\nAgain: ${repeat}`);
  const hashing = only.hashing ? await measureHashing(quick) : [];
  if (hashing.length > 0) console.log(`${hashingReport(hashing)}\n\nAgain: ${repeat}`);
  const imported = only.import ? await measureImport(postgres, quick) : null;
  if (imported) console.log(`${importReport(imported)}\n\nAgain: ${repeat}`);
  const figures = { at: new Date().toISOString(), machine, results, growth, hashing, imported };
  if (json) writeFileSync(json, `${JSON.stringify(figures, null, 2)}\n`);
}

function serversOf(operation: Operation): readonly Server[] {
  return running.servers.filter(({ name }) => isOn(operation, name));
}

function isOn({ only }: Operation, name: ServerName): boolean {
  return only?.includes(name) ?? true;
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void stopAll().finally(() => process.exit(130)));
}

try {
  await main(readOptions(process.argv.slice(2), OPERATIONS));
} catch (error) {
  console.error(error instanceof UsageError ? `${error.message}\n\n${USAGE}` : error);
  process.exitCode = error instanceof UsageError ? 2 : 1;
} finally {
  await stopAll();
}

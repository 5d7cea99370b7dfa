import { forgetConnections } from '../http.ts';
import { CONCURRENCY, type Operation } from '../operation.ts';
import type { Server } from '../server.ts';
import { repeatRequest } from './repeat-request.ts';
import { runFlow } from './run-flow.ts';
import type { Round, RoundLimits, Sample } from './sample.ts';

export interface Plan {
  readonly rounds: number;
  readonly secondsPerRound: number;
  /** Second of this process after which no further round begins; the first always runs. */
  readonly until: number;
}

type Run = (limits: RoundLimits) => Promise<Sample>;

/**
 * A server made ready for one operation, and how fast it was last, which decides how many requests
 * fill a round.
 */
interface Runner {
  readonly server: Server;
  run: Run;
  left: number;
  perSecond: number;
  /** Made ready anew for every round (`startsOver`). */
  readonly again: () => Promise<Run>;
}

const FIRST_RUN = 25 * CONCURRENCY;
const WARM_UP_SHARE = 0.5;
const MOST_IN_A_ROUND = 200_000;

/**
 * Measures one operation on all servers in short rounds that alternate (A B C, B C A, C A B …), so
 * that whatever else the machine does hits all alike. A warm-up goes before, and is thrown away.
 */
export async function measure(
  operation: Operation,
  servers: readonly Server[],
  plan: Plan,
): Promise<ReadonlyMap<Server, readonly Round[]>> {
  const runners = await Promise.all(
    servers.map(async (server) => await prepare(operation, server)),
  );
  for (const runner of runners) {
    await once(runner, { seconds: plan.secondsPerRound * WARM_UP_SHARE, most: FIRST_RUN });
    if (operation.kind === 'request')
      await once(runner, { seconds: plan.secondsPerRound * WARM_UP_SHARE });
  }
  const rounds = new Map<Server, Round[]>(servers.map((server) => [server, []]));
  for (
    let round = 0;
    round < plan.rounds && (round === 0 || process.uptime() < plan.until);
    round += 1
  ) {
    for (let turn = 0; turn < runners.length; turn += 1) {
      const runner = runners[(round + turn) % runners.length] as Runner;
      if (runner.left === 0) continue;
      if (startsOver(runner)) runner.run = await runner.again();
      rounds.get(runner.server)?.push(await once(runner, { seconds: plan.secondsPerRound }));
    }
  }
  return rounds;
}

/**
 * The in-memory adapter copies all that a grant has ever issued at every further token: made for
 * development, it would fall behind in long rounds by that alone, and be no measure of what the
 * protocol costs. New grants keep it at its best.
 */
function startsOver({ server }: Runner): boolean {
  return server.name === 'memory';
}

async function prepare(operation: Operation, server: Server): Promise<Runner> {
  const unlimited = Number.POSITIVE_INFINITY;
  const again = async (): Promise<Run> => (await runOf(operation, server)).run;
  const { run, most = unlimited } = await runOf(operation, server);
  return { server, run, again, left: most, perSecond: FIRST_RUN };
}

async function runOf(
  operation: Operation,
  server: Server,
): Promise<{ readonly run: Run; readonly most?: number | undefined }> {
  if (operation.kind === 'request') {
    const repeated = await operation.prepare(server);
    return { run: async (limits) => await repeatRequest(repeated, limits) };
  }
  const flow = await operation.prepare(server);
  return { run: async (limits) => await runFlow(flow, limits), most: flow.most };
}

async function once(
  runner: Runner,
  limits: { readonly seconds: number; readonly most?: number },
): Promise<Round> {
  const { server } = runner;
  const expected = Math.ceil(runner.perSecond * limits.seconds);
  const most = Math.min(
    limits.most ?? (runner.left === Number.POSITIVE_INFINITY ? expected : runner.left),
    runner.left,
    MOST_IN_A_ROUND,
  );
  forgetConnections();
  const statements = await server.statements();
  const cpu = server.cpu();
  const sample = await runner.run({ seconds: limits.seconds, most });
  const cpuAfter = server.cpu();
  const statementsAfter = await server.statements();
  runner.left -= sample.operations;
  runner.perSecond = sample.operations / sample.seconds;
  return {
    ...sample,
    statements:
      statements === undefined || statementsAfter === undefined
        ? undefined
        : statementsAfter - statements,
    cpu: cpu &&
      cpuAfter && {
        server: cpuAfter.server - cpu.server,
        postgres: cpuAfter.postgres - cpu.postgres,
      },
  };
}

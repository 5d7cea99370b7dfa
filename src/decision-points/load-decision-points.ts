import { readdir } from 'node:fs/promises';
import { join, parse } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Hook } from '../policy/hook.ts';
import { authZenPoint } from './authzen.ts';
import { withBreaker } from './circuit-breaker.ts';
import { type DecisionPoint, decisionPointHook } from './decision-point.ts';
import { hookModule } from './hook-module.ts';

/** The id by which packs name the remote decision point. */
const DECISION_POINT = 'decision-point';

export interface DecisionPointSources {
  readonly hooksDir: string | undefined;
  readonly decisionPoint: { readonly url: string; readonly token: string | undefined } | undefined;
  readonly timeoutMs: number;
  readonly fails: DecisionPoint['fails'];
}

/**
 * Starts the configured decision points. Rejects if a module does not load, so that the server
 * never starts with some rules missing.
 */
export async function loadDecisionPoints({
  hooksDir,
  decisionPoint,
  timeoutMs,
  fails,
}: DecisionPointSources): Promise<readonly DecisionPoint[]> {
  const modules = await Promise.all(
    (await hookFiles(hooksDir)).map(
      async ({ id, module }) => await hookModule({ id, module, timeoutMs, fails }),
    ),
  );
  const remote =
    decisionPoint === undefined
      ? []
      : [authZenPoint({ id: DECISION_POINT, ...decisionPoint, timeoutMs, fails })];
  return [...modules, ...remote].map((decisionPoint) => withBreaker(decisionPoint));
}

/** The hooks of those decision points, over stored answers. Nothing is started or asked. */
export async function decisionPointHooks({
  hooksDir,
  decisionPoint,
  fails,
}: DecisionPointSources): Promise<readonly Hook[]> {
  const ids = [
    ...(await hookFiles(hooksDir)).map(({ id }) => id),
    ...(decisionPoint === undefined ? [] : [DECISION_POINT]),
  ];
  return ids.map((id) => decisionPointHook({ id, fails }));
}

async function hookFiles(
  folder: string | undefined,
): Promise<readonly { readonly id: string; readonly module: string }[]> {
  if (folder === undefined) return [];
  const files = (await readdir(folder))
    .filter((name) => /^[a-z][a-z0-9-]*\.(ts|js|mjs)$/.test(name))
    .sort();
  return files.map((file) => ({
    id: parse(file).name,
    module: pathToFileURL(join(folder, file)).href,
  }));
}

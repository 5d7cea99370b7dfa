import * as oidc from 'openid-client';
import { makeApp } from './app.ts';
import { readOptions, USAGE } from './options.ts';
import { printEnd, printFailure, printScene, printStep } from './print.ts';
import { Report } from './report.ts';
import { clinic } from './scenes/clinic.ts';
import { discovery } from './scenes/discovery.ts';
import { enterprise } from './scenes/enterprise.ts';
import { evidence } from './scenes/evidence.ts';
import { identity } from './scenes/identity.ts';
import { oneBrowser } from './scenes/one-browser.ts';
import { platform } from './scenes/platform.ts';
import { refusals } from './scenes/refusals.ts';
import { tidyUp } from './scenes/tidy-up.ts';
import { twoDevices } from './scenes/two-devices.ts';
import type { Scene, World } from './world.ts';

const SCENES: readonly Scene[] = [
  oneBrowser,
  twoDevices,
  enterprise,
  refusals,
  identity,
  evidence,
  clinic,
  platform,
];

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  if (options.help) {
    console.log(USAGE);
    return 0;
  }
  const report = new Report(options.broken);
  const tidy = await walk(options.issuer, report);
  report.printTable();
  printEnd(report.allHold && tidy);
  if (options.json !== undefined) report.writeJson(options.json);
  return report.allHold && tidy ? 0 : 1;
}

/**
 * Plays every scene. If one fails, it is recorded as not shown, and the next one is played. Returns
 * true if all was undone.
 */
async function walk(issuer: URL, report: Report): Promise<boolean> {
  let world: World;
  try {
    printScene(discovery.title, discovery.about);
    world = await meet(issuer, report);
    await discovery.play(world);
  } catch (error) {
    report.check(
      'R6',
      `a Bindery server answers at ${issuer.origin} (start one with: npm start)`,
      false,
      reason(error),
    );
    return true;
  }
  printScene('A clean table', 'Whatever an interrupted run has left bound is unbound first.');
  if (!(await clean(issuer))) return false;
  for (const scene of SCENES) {
    printScene(scene.title, scene.about);
    await scene.play(world).catch((error: unknown) => {
      printFailure(`this part broke off: ${reason(error)}`);
      for (const id of scene.shows)
        report.check(id, `“${scene.title}” was walked to its end`, false);
    });
  }
  printScene('The table is left clean', 'Nothing of this run stays bound, so it can be run again.');
  return await clean(issuer);
}

async function meet(issuer: URL, report: Report): Promise<World> {
  printStep(
    'Three clients of the demo world read the metadata: a web app, a phone app, and a relying party',
  );
  return {
    issuer,
    report,
    web: await makeApp(issuer, 'demo-web', oidc.ClientSecretBasic('demo-web-secret')),
    phone: await makeApp(issuer, 'demo-phone', oidc.None()),
    service: await makeApp(issuer, 'demo-rp', oidc.ClientSecretBasic('demo-rp-secret')),
  };
}

async function clean(issuer: URL): Promise<boolean> {
  try {
    await tidyUp(issuer);
    return true;
  } catch (error) {
    printFailure(`the demo world could not be tidied up: ${reason(error)}`);
    return false;
  }
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(`${reason(error)}\n\n${USAGE}`);
  process.exitCode = 2;
}

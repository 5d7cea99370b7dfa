import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, test } from '@jest/globals';
import { hookModule } from '../../src/decision-points/hook-module.ts';
import { loadDecisionPoints } from '../../src/decision-points/load-decision-points.ts';
import { douyin, facts } from '../policy/douyin-facts.ts';
import { atEnd } from '../support/cleanup.ts';

const folder = await mkdtemp(join(tmpdir(), 'hooks-'));
afterAll(async () => await rm(folder, { recursive: true }));

const TIMEOUT = 1500;
const QUESTION = { facts: facts({ counts: { perPrimary: 2, perOwner: 2 } }), pack: douyin };

/** A module as an operator would write it. */
async function write(
  id: string,
  body: string,
  exported = `export default { id: '${id}', version: 3, needs: ['counts'], evaluate }`,
): Promise<string> {
  const path = join(folder, `${id}.ts`);
  await writeFile(path, `${body}\n${exported};\n`);
  return pathToFileURL(path).href;
}

async function load(id: string, body: string) {
  const decisionPoint = await hookModule({
    id,
    module: await write(id, body),
    timeoutMs: TIMEOUT,
    fails: 'review',
  });
  atEnd(async () => await decisionPoint.close());
  return async () => {
    const { ms: _, ...said } = await decisionPoint.ask(QUESTION);
    return said;
  };
}

describe('an operator’s hook, a TypeScript module', () => {
  test('a module gets the facts it needs; its verdict and reason codes count [R22]', async () => {
    const ask = await load(
      'many-subs',
      `interface Given { readonly counts: { readonly perOwner: number } }
       const evaluate = (given: Given) => ({ verdict: given.counts.perOwner > 1 ? 'review' : 'allow', reasons: [{ code: Object.keys(given).join() }] });`,
    );
    expect(await ask()).toStrictEqual({
      verdict: 'review',
      reasons: ['counts'],
      by: 'many-subs@3',
    });
  });

  test('a module that hangs times out in its own thread; the next gets a new one [R22]', async () => {
    const ask = await load(
      'hangs',
      `let asked = 0; const evaluate = () => { for (;;) asked += 1; };`,
    );
    const together = await Promise.all([ask(), ask()]);
    expect(together).toStrictEqual([{ failure: 'timeout' }, { failure: 'timeout' }]);
    expect(await ask()).toStrictEqual({ failure: 'timeout' });
  });

  test('a module that hung once answers again [R22]', async () => {
    const ask = await load(
      'hangs-once',
      `import { existsSync, writeFileSync } from 'node:fs';
       const evaluate = () => {
         if (existsSync('${folder}/hung')) return { verdict: 'allow', reasons: [] };
         writeFileSync('${folder}/hung', '');
         for (;;);
       };`,
    );
    expect(await ask()).toStrictEqual({ failure: 'timeout' });
    expect(await ask()).toStrictEqual({ verdict: 'allow', reasons: [], by: 'hangs-once@3' });
  });

  test('a module that ended its thread gets a new one at once [R22]', async () => {
    const ask = await load(
      'quits',
      `let asked = 0; const evaluate = () => { asked += 1; process.exit(0); };`,
    );
    for (let round = 0; round < 3; round += 1)
      expect(await ask()).toStrictEqual({ failure: 'hook_failed' });
  });

  // biome-ignore format: a table is read by its columns
  const BROKEN: readonly (readonly [name: string, body: string, failure: string])[] = [
    ['throws',                    `const evaluate = () => { throw new Error('boom'); };`,                                    'hook_failed'],
    ['overwrites the facts',      `const evaluate = (given) => { given.counts.perOwner = 0; return { verdict: 'allow', reasons: [] }; };`, 'hook_failed'],
    ['ends its thread',           `const evaluate = () => process.exit(0);`,                                                 'hook_failed'],
    ['gives nothing',             `const evaluate = () => undefined;`,                                                       'hook_failed'],
    ['gives a promise',           `const evaluate = async () => ({ verdict: 'allow', reasons: [] });`,                       'nonsense'],
    ['gives an unknown verdict', `const evaluate = () => ({ verdict: 'certainly', reasons: [] });`,                      'nonsense'],
    ['gives no reasons',          `const evaluate = () => ({ verdict: 'allow' });`,                                          'nonsense'],
  ];
  for (const [name, body, failure] of BROKEN) {
    test(`a module that ${name} fails with ${failure} [R22]`, async () => {
      const ask = await load(`broken-${name.replaceAll(' ', '-')}`, body);
      expect(await ask()).toStrictEqual({ failure });
    });
  }

  test('a module cannot see the environment of the process, with its secrets', async () => {
    const ask = await load(
      'curious',
      `const evaluate = () => ({ verdict: 'allow', reasons: [{ code: String(Object.keys(process.env).length) }] });`,
    );
    expect(await ask()).toStrictEqual({ verdict: 'allow', reasons: ['0'], by: 'curious@3' });
  });

  // biome-ignore format: a table is read by its columns
  const UNFIT: readonly (readonly [name: string, body: string, exported: string, words: RegExp])[] = [
    ['a module that does not compile',  'const evaluate = (;', 'export default {}',                                   /./],
    ['a module that exports no hook',   '',                    'export const id = 1',                                 /exports no hook "unfit"/],
    ['a hook of another name',          '',                    'export default { id: "fit", version: 1, needs: [], evaluate() {} }', /exports no hook "unfit"/],
  ];
  for (const [name, body, exported, words] of UNFIT) {
    test(`${name} stops the start [R22]`, async () => {
      await expect(
        hookModule({
          id: 'unfit',
          module: await write('unfit', body, exported),
          timeoutMs: TIMEOUT,
          fails: 'deny',
        }),
      ).rejects.toThrow(words);
    });
  }

  test('modules in a folder load by name, beside a decision point [R22]', async () => {
    const own = await mkdtemp(join(folder, 'own-'));
    for (const id of ['one', 'two']) {
      await writeFile(
        join(own, `${id}.ts`),
        `export default { id: '${id}', version: 1, needs: [], evaluate: () => ({ verdict: 'allow', reasons: [] }) };`,
      );
    }
    await writeFile(join(own, 'README.md'), 'notes');
    const decisionPoints = await loadDecisionPoints({
      hooksDir: own,
      decisionPoint: { url: 'http://127.0.0.1:9', token: undefined },
      timeoutMs: TIMEOUT,
      fails: 'deny',
    });
    expect(decisionPoints.map(({ id, fails }) => `${id} ${fails}`)).toStrictEqual([
      'one deny',
      'two deny',
      'decision-point deny',
    ]);
    for (const decisionPoint of decisionPoints) await decisionPoint.close();
  });
});

import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { AddressBook } from '../../sim/addresses.ts';
import { Agenda } from '../../sim/clock.ts';
import { Evaluator } from '../../sim/evaluator.ts';
import { Ledger } from '../../sim/ledger.ts';
import { simulate } from '../../sim/simulation.ts';
import { HOOKS, loadPacks } from '../../src/policy/registry.ts';

const pack = (await loadPacks()).get('douyin');
if (!pack) throw new Error('there is no pack douyin');

const SMALL = { people: 300, days: 120 };

function run(seed: number) {
  const ledger = new Ledger();
  return simulate(
    seed,
    {
      evaluator: new Evaluator(pack as NonNullable<typeof pack>, HOOKS, ledger, new AddressBook()),
      ledger,
    },
    SMALL,
  );
}

/** What dependency-cruiser reports for a few files with one import. */
async function breachesOf(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'bindery-sim-law-'));
  try {
    writeFileSync(join(folder, 'tsconfig.json'), readFileSync('tsconfig.json'));
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(join(folder, file, '..'), { recursive: true });
      writeFileSync(join(folder, file), text);
    }
    const program = resolve('node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
    const law = resolve('.dependency-cruiser.cjs');
    return await new Promise((done) => {
      const options = { cwd: folder, env: { ...process.env, NO_COLOR: '1' } };
      execFile(
        process.execPath,
        [program, '--config', law, 'src', 'sim'],
        options,
        (error, out, err) => done(error ? `${out}${err}` : ''),
      );
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describe('the simulated population', () => {
  test('the same seed gives the same world, and another seed another', () => {
    const [first, again, counterparty] = [run(7), run(7), run(8)];
    expect(first).toStrictEqual(again);
    expect(first).not.toStrictEqual(counterparty);
  });

  test('each attempt counts once: stopped, refused in review or missed [R24]', () => {
    const { abnormal, honest, families } = run(9);
    const sum = (name: 'attempts' | 'stopped_automatically' | 'refused_on_review' | 'missed') =>
      Object.values(families).reduce((total, counts) => total + counts[name], 0);
    for (const name of [
      'attempts',
      'stopped_automatically',
      'refused_on_review',
      'missed',
    ] as const)
      expect(sum(name)).toBe(abnormal[name]);
    expect(abnormal.stopped_automatically + abnormal.refused_on_review + abnormal.missed).toBe(
      abnormal.attempts,
    );
    expect(Object.keys(families).length).toBe(7);
    for (const { step_up: proofs } of [abnormal, honest, ...Object.values(families)])
      expect(proofs.proved).toBeLessThanOrEqual(proofs.asked);
    expect(abnormal.step_up.asked).toBeGreaterThan(0);
    expect(honest.step_up.asked).toBeGreaterThan(0);
    expect(honest.attempts).toBeGreaterThan(100);
    expect(honest.sent_to_review + honest.refused_for_good).toBeLessThanOrEqual(honest.attempts);
  });

  const code = 'export const one = 1;\n';
  const importing = (path: string) => `import { one } from '${path}';\nexport const two = one;\n`;
  // biome-ignore format: a table is read by its columns
  const BROKEN: readonly (readonly [string, Readonly<Record<string, string>>, RegExp])[] = [
    ['an attacker that imports the thresholds', { 'sim/attackers/a.ts': importing('../../src/policy/b.ts'), 'src/policy/b.ts': code }, /attackers do not read/],
    ['an attacker that imports the scorers',    { 'sim/attackers/a.ts': importing('../../src/risk/b.ts'), 'src/risk/b.ts': code },     /attackers do not read/],
    ['an attacker that imports the evaluator',  { 'sim/attackers/a.ts': importing('../evaluator.ts'), 'sim/evaluator.ts': code, 'src/risk/b.ts': code }, /attackers do not read/],
    ['a hook that imports the labels',          { 'src/policy/a.ts': importing('../../sim/world.ts'), 'sim/world.ts': code },           /does not import tests/],
  ];
  for (const [what, files, says] of BROKEN)
    test(`the import rules refuse ${what}`, async () =>
      expect(await breachesOf(files)).toMatch(says));

  test('hooks do not learn who attempts or what that person could prove', () => {
    const ledger = new Ledger();
    const evaluator = new Evaluator(pack, HOOKS, ledger);
    const account = (id: string) => ({ id, owner: 'own_1', kind: 'personal' as const });
    const location = {
      device: { cookie: 'browser 1', traits: [1, 2, 3], key: null },
      network: 'home',
    };
    const hands = { factor: false, face: true };
    const attempt = {
      primary: account('acc_1'),
      sub: account('acc_2'),
      initiator: location,
      counterparty: location,
      seconds: 60,
      wrongCodes: 0,
      hands: { initiator: hands, counterparty: hands },
    };
    const now = new Date('2026-04-01T00:00:00Z');
    const facts = evaluator.factsOf(attempt, now);
    expect(evaluator.evaluator(facts)).toStrictEqual(
      evaluator.evaluator(evaluator.factsOf({ ...attempt }, now)),
    );
    expect(JSON.stringify([facts, evaluator.evaluator(facts)])).not.toContain('honest');
    expect(facts).toStrictEqual(
      evaluator.factsOf(
        { ...attempt, hands: { initiator: { factor: true, face: true }, counterparty: hands } },
        now,
      ),
    );
  });
});

describe('the agenda of the simulation', () => {
  test('the agenda runs by day, and what is due at once in the order of entry', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(20)), (days) => {
        const agenda = new Agenda();
        const done: [number, number][] = [];
        for (const [order, day] of days.entries())
          agenda.at(day, () => void done.push([day, order]));
        agenda.run(20);
        expect(done).toStrictEqual([...done].sort(([a, x], [b, y]) => a - b || x - y));
        expect(done.length).toBe(days.length);
      }),
    );
  });
});

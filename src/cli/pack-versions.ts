import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import { findBinding } from '../binding/bindings.store.ts';
import { type MoveRefusal, moveBinding } from '../binding/move-binding.ts';
import {
  countOpenRequests,
  countPinned,
  findPinned,
  type PinnedCount,
} from '../binding/pinned.store.ts';
import type { Config } from '../config.ts';
import { tellMoved } from '../evidence/pieces/tell-sides.ts';
import { differenceOf } from '../permissions/permissions.ts';
import type { Pack } from '../policy/pack.ts';
import { changesBetween } from '../policy/pack-changes.ts';
import { PackRegistry } from '../policy/pack-registry.ts';
import { findVersions } from '../policy/pack-versions.store.ts';
import type { Database } from '../store/database.ts';
import { withPlatform } from './with-platform.ts';

interface MoveOptions {
  readonly to: number;
  readonly from?: number;
  readonly binding?: string;
  readonly dryRun?: true;
}

type Say = (text: string) => void;

const MOST_TOLD = 20;

/** The members that affect existing bindings. The others only matter when a binding is made. */
const AFFECTS_EXISTING: readonly string[] = [
  'permissions',
  'grades',
  'sync',
  'unbinding',
  'tokenLifetimeSeconds',
  'title',
];

/** `packs list` and `packs move`: show the versions in use, and move bindings to another (R41). */
export function addPackVersionCommands(packs: Command, say: Say, config: () => Config): void {
  packs
    .command('list')
    .description(
      'the recorded versions of every pack, and how many live bindings and open requests go by each',
    )
    .action(async () => {
      await withPlatform(config(), async (db) => {
        const [versions, counts, requests] = [
          await findVersions(db),
          await countPinned(db, null),
          await countOpenRequests(db),
        ];
        for (const { pack, version, recorded_at } of versions) {
          const isThis = (each: { readonly pack: string; readonly version: number }) =>
            each.pack === pack && each.version === version;
          const open = requests.find(isThis)?.requests ?? 0;
          say(
            `${pack} version ${version}, recorded ${recorded_at.toISOString()}: ${sum(counts.filter(isThis))} bindings, ${open} open requests`,
          );
        }
        if (versions.length === 0)
          say('No pack was in force here yet: the first start records them.');
      });
    });

  packs
    .command('move')
    .description('move bindings to another version of their pack; says first what would change')
    .argument('<pack>')
    .requiredOption('--to <version>', 'a recorded version (packs list)', parseVersion)
    .option(
      '--from <version>',
      'only those that go by this version; the one way back to an older one',
      parseVersion,
    )
    .option('--binding <id>', 'only this one')
    .option('--dry-run', 'say what would change, and change nothing')
    .action(async (pack: string, options: MoveOptions) => {
      await withPlatform(config(), async (db) => {
        const stuck = await move(db, say, pack, options);
        if (stuck > 0) process.exitCode = 1;
      });
    });
}

/**
 * Prints what would change and, unless it is a dry run, moves the bindings. Returns how many could
 * not move.
 */
async function move(db: Database, say: Say, id: string, options: MoveOptions): Promise<number> {
  const registry = await PackRegistry.open(db, []);
  const recorded = (await findVersions(db))
    .filter(({ pack }) => pack === id)
    .map(({ version }) => version);
  if (recorded.length === 0)
    throw new Error(
      `No version of a pack "${id}" was ever in force here; packs list tells which were.`,
    );
  for (const version of [options.to, options.from]) {
    if (version !== undefined && !recorded.includes(version))
      throw new Error(
        `Version ${version} of "${id}" was never in force here; there are ${recorded.join(', ')}. A start records what its file says.`,
      );
  }
  const to = await registry.get(db, id, options.to);
  const counts = (await countPinned(db, id)).filter(({ version }) => version !== to.version);
  let stuck = 0;
  for (const version of await sources(db, say, { id, counts, options })) {
    const from = await registry.get(db, id, version);
    say(`From version ${version} to version ${to.version} of "${id}":`);
    const here = counts.filter((count) => count.version === version);
    if (options.binding === undefined) for (const line of byGrade(from, to, here)) say(`  ${line}`);
    for (const line of changes(from, to)) say(`  ${line}`);
    if (options.dryRun === undefined)
      stuck += await moveAll(db, say, { from, to, only: options.binding });
  }
  if (options.dryRun) say('This was a dry run: nothing was changed.');
  return stuck;
}

/**
 * The versions to move from, oldest first. Nothing moves to an older version unless it is named.
 */
async function sources(
  db: Database,
  say: Say,
  {
    id,
    counts,
    options: { to, from, binding },
  }: {
    readonly id: string;
    readonly counts: readonly PinnedCount[];
    readonly options: MoveOptions;
  },
): Promise<readonly number[]> {
  if (binding !== undefined) return await sourceOf(db, say, { id, to, from, binding });
  const used = [...new Set(counts.map(({ version }) => version))].filter(
    (version) => from === undefined || version === from,
  );
  const newer = from === undefined ? used.filter((version) => version > to) : [];
  for (const version of newer) {
    const bindings = sum(counts.filter((count) => count.version === version));
    say(
      `Left as they are: ${bindings} bindings under version ${version}, which is newer; --from ${version} moves them back.`,
    );
  }
  const moving = used.filter((version) => !newer.includes(version));
  if (moving.length === 0) say(`There is nothing to move to version ${to} of "${id}".`);
  return moving;
}

async function sourceOf(
  db: Database,
  say: Say,
  {
    id,
    to,
    from,
    binding,
  }: {
    readonly id: string;
    readonly to: number;
    readonly from: number | undefined;
    readonly binding: string;
  },
): Promise<readonly number[]> {
  const row = await findBinding(db, binding);
  if (!row || row.pack !== id) throw new Error(`There is no binding ${binding} under "${id}".`);
  const version = row.pack_version;
  if (version === to) {
    say(`${binding} goes by version ${to} already.`);
    return [];
  }
  if (from !== undefined && from !== version)
    throw new Error(`${binding} goes by version ${version}, not ${from}.`);
  if (from === undefined && version > to)
    throw new Error(
      `${binding} goes by version ${version}, which is newer; --from ${version} moves it back.`,
    );
  return [version];
}

/** What subs gain and lose, by their grade, and which cannot move. */
function byGrade(from: Pack, to: Pack, counts: readonly PinnedCount[]): readonly string[] {
  return counts.map(({ grade, bindings }) => {
    const who = `${bindings} bindings${grade === null ? '' : ` at grade ${grade}`}`;
    const grades = to.grades?.length ?? 0;
    if (grade !== null && grade > grades)
      return `${who} stay: version ${to.version} has ${grades === 0 ? 'no' : grades} grades`;
    const { gained, lost } = differenceOf(from, to, grade);
    const told = [...gained.map((name) => `gain ${name}`), ...lost.map((name) => `lose ${name}`)];
    return `${who}: ${told.length > 0 ? told.join(', ') : 'the same permissions'}`;
  });
}

function changes(from: Pack, to: Pack): readonly string[] {
  return changesBetween(from, to).map(({ path, from: before, to: after }) => {
    const affects = AFFECTS_EXISTING.includes(path.split('.')[0] ?? '');
    return `${path}: ${written(before)} → ${written(after)}${affects ? '' : ' (for bindings yet to be made)'}`;
  });
}

function written(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value);
}

async function moveAll(
  db: Database,
  say: Say,
  { from, to, only }: { readonly from: Pack; readonly to: Pack; readonly only: string | undefined },
): Promise<number> {
  let moved = 0;
  let stuck = 0;
  for await (const bindingId of only === undefined
    ? findPinned(db, { pack: from.id, version: from.version })
    : [only]) {
    const done = await moveBinding({ db, tellMoved }, { bindingId, from, to, by: 'system' });
    if (done.ok) moved += 1;
    else if (WORDS[done.refusal.code] !== null) {
      stuck += 1;
      if (stuck <= MOST_TOLD)
        say(`  ${bindingId} stays: ${WORDS[done.refusal.code]} (${done.refusal.site})`);
    }
  }
  if (stuck > MOST_TOLD) say(`  … and ${stuck - MOST_TOLD} more`);
  say(
    `Moved ${moved} bindings to version ${to.version}${stuck > 0 ? `; ${stuck} could not go along` : ''}.`,
  );
  return stuck;
}

/** Null: another process moved or ended the binding meanwhile; that is no error. */
// biome-ignore format: a table is read by its columns
const WORDS = {
  unknown_grade:   'its grade does not exist there',
  already_ended:   'it has ended',
  unknown_binding: null,
  already_there:   null,
  elsewhere:       null,
} as const satisfies Record<MoveRefusal, string | null>;

function sum(counts: readonly PinnedCount[]): number {
  return counts.reduce((all, { bindings }) => all + bindings, 0);
}

function parseVersion(typed: string): number {
  if (!/^[1-9]\d{0,8}$/.test(typed)) throw new InvalidArgumentError('give the number of a version');
  return Number(typed);
}

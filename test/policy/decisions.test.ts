import assert from 'node:assert/strict';
import { describe, expect, test } from '@jest/globals';
import { countShadow, readDecisions } from '../../src/policy/decisions.store.ts';
import { evaluate } from '../../src/policy/evaluate.ts';
import type { Hook } from '../../src/policy/hook.ts';
import { HOOKS, loadPacks } from '../../src/policy/registry.ts';
import { PackTrial, type PastDecision } from '../../src/policy/try-pack.ts';
import { sql } from '../../src/store/sql.ts';
import { makeBindingFixture } from '../fixtures/bindings.ts';
import { makeAccounts } from '../support/people.ts';

const EPOCH = new Date(0);
const packs = await loadPacks();
const douyin = packs.get('douyin');
assert.ok(douyin);

/** A hook that doubts everybody, tried in shadow. */
const wary: Hook = {
  id: 'wary',
  version: 3,
  needs: [],
  evaluate: () => ({ verdict: 'review', reasons: [{ code: 'just_so' }] }),
};
const shadowed = { ...douyin, id: 'shadowed', shadow: ['wary'] };

const fixture = await makeBindingFixture({
  packs: new Map([...packs, ['shadowed', shadowed]]),
  hooks: [...HOOKS, wary],
});
const { db } = fixture;

async function all(pack: string): Promise<PastDecision[]> {
  const found: PastDecision[] = [];
  for await (const decision of readDecisions(db, { pack, since: EPOCH })) found.push(decision);
  return found;
}

describe('stored decisions', () => {
  test('a stored decision replays to itself, with facts and dates [R22]', async () => {
    const [primary, sub] = await fixture.pair();
    const [stranger] = await fixture.pair();
    await fixture.attempt(primary, sub);
    await fixture.attempt(primary, stranger);
    const past = await all('douyin');
    expect(past.map(({ refusal }) => refusal)).toStrictEqual([null, 'different_owner']);
    for (const { verdict, refusal, facts } of past) {
      expect(facts.now).toBeInstanceOf(Date);
      expect(facts.owners.primary?.verifiedAt).toBeInstanceOf(Date);
      const again = evaluate(douyin, HOOKS, facts);
      expect([again.verdict, again.refusal ?? null]).toStrictEqual([verdict, refusal]);
    }
  });

  test('a dry run reads all decisions, page by page [R41]', async () => {
    await db.query(sql`
      insert into decisions (id, request_id, pack, pack_version, verdict, refusal, facts, hooks, decided_at)
      select decisions.id || '_' || n, request_id, 'copied', 1, verdict, refusal, facts, hooks, decided_at
        from decisions, generate_series(1, 700) n where pack = 'douyin'`);
    const trial = new PackTrial(douyin, HOOKS);
    for (const decision of await all('copied')) trial.add(decision);
    expect(trial.trial).toStrictEqual({
      replayed: 1400,
      unchanged: 1400,
      undecidable: 0,
      changes: [],
    });
  });

  test('a hook in shadow stops nobody, and its would-be refusals are counted [R22]', async () => {
    const [primary] = await fixture.pair();
    const [{ owner } = { owner: null }] = await db.query<{ owner: never }>(
      sql`select owner_id as owner from accounts where id = ${primary}`,
    );
    assert.ok(owner);
    for (const sub of await makeAccounts(db, owner, 2)) {
      expect((await fixture.attempt(primary, sub, { pack: 'shadowed' })).state).toBe('approved');
    }
    const [stranger] = await fixture.pair();
    await fixture.attempt(primary, stranger, { pack: 'shadowed' });
    expect(await countShadow(db, EPOCH)).toStrictEqual([
      {
        pack: 'shadowed',
        hook: 'wary',
        version: 3,
        decisions: 3,
        allow: 0,
        step_up: 0,
        review: 3,
        deny: 0,
        stricter: 2,
      },
    ]);
  });

  test('the duration of each part is stored with the decision', async () => {
    const [row] = await db.query<{ timings: Record<string, number> }>(
      sql`select timings from decisions where pack = 'shadowed' limit 1`,
    );
    expect(Object.keys(row?.timings ?? {}).sort()).toStrictEqual(
      [...shadowed.hooks, 'facts', 'wary'].sort(),
    );
    expect(Object.values(row?.timings ?? {}).every((ms) => ms >= 0)).toBe(true);
  });
});

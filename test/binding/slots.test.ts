import { expect, test } from '@jest/globals';
import type { Kind } from '../../src/accounts/account.ts';
import { countSlots, insertBinding, pairFactsOf } from '../../src/binding/bindings.store.ts';
import { newId } from '../../src/kernel/ids.ts';
import { runQuery } from '../../src/store/query.ts';
import { freshDatabase } from '../support/database.ts';
import { makeAccount, makeOwner } from '../support/people.ts';

const { db } = await freshDatabase();
const now = new Date();

/** A binding of a new primary of this owner. */
async function bind(
  owner: Awaited<ReturnType<typeof makeOwner>>,
  under: { readonly pack?: string; readonly platform?: string; readonly kind?: Kind },
  primary?: Awaited<ReturnType<typeof makeAccount>>,
) {
  const { pack = 'douyin', platform = 'local', kind = 'personal' } = under;
  const primaryId = primary ?? (await makeAccount(db, owner, kind));
  const binding = {
    id: newId('bnd'),
    primaryId,
    subId: await makeAccount(db, owner, kind),
    primaryOwnerId: owner,
    subOwnerId: owner,
    pack,
    packVersion: 1,
    platform,
    kind,
    sameOwnerMethod: 'identity_document',
  } as const;
  const life = { since: now, reached: null };
  await db.transaction(async (tx) => await insertBinding(tx, binding, life));
  return primaryId;
}

test('a slot counts within its pack, platform and kind only [R2]', async () => {
  const owner = await makeOwner(db);
  const primary = await bind(owner, {});
  await bind(owner, { pack: 'weibo' }, primary);
  await bind(owner, { platform: 'other' });
  await bind(owner, { kind: 'special_industry' });
  await bind(owner, {});
  const counted = async (pack: string, changes: { platform?: string; kind?: Kind } = {}) => {
    const account = { id: primary, platform: 'local', kind: 'personal', ownerId: owner } as const;
    const facts = await runQuery(
      db,
      pairFactsOf({
        primary: { ...account, ...changes },
        sub: primary,
        pack,
        except: newId('brq'),
      }),
    );
    return [facts.per_primary, facts.per_owner];
  };
  expect(await counted('douyin')).toStrictEqual([1, 2]);
  expect(await counted('weibo')).toStrictEqual([1, 1]);
  expect(await counted('kuaishou')).toStrictEqual([0, 0]);
  expect(await counted('douyin', { platform: 'other' })).toStrictEqual([1, 1]);
  expect(await counted('douyin', { kind: 'special_industry' })).toStrictEqual([1, 1]);
  expect(await countSlots(db, primary, 'douyin')).toBe(1);
});

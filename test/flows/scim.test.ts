import assert from 'node:assert/strict';
import { expect, test } from '@jest/globals';
import { isSignedIn } from '../../src/accounts/account.ts';
import { findAccount } from '../../src/accounts/accounts.store.ts';
import { answerBinding } from '../../src/binding/answer-binding.ts';
import { findBinding } from '../../src/binding/bindings.store.ts';
import { type AccountId, newId } from '../../src/kernel/ids.ts';
import { sql } from '../../src/store/sql.ts';
import { demoPlatform, told } from '../fixtures/scim.ts';
import { text, web } from '../support/apps.ts';
import { arriveAs, makeOwner, offerAs } from '../support/people.ts';
import { readStatus } from '../support/relying-party.ts';
import { startServer } from '../support/server.ts';

const { issuer, bindery } = await startServer();
const { db } = bindery;
const scim = await demoPlatform(issuer);
const app = web(issuer);

/** Two accounts of one owner that came by SCIM, and the binding token of their binding. */
async function bindTwo() {
  const owner = await makeOwner(db);
  const [primary, sub] = (await Promise.all([scim.create(), scim.create()])).map(
    ({ id }) => id as AccountId,
  );
  assert.ok(primary && sub);
  await db.query(sql`
    update accounts set owner_id = ${owner}, qualification = 'verified'
     where id = any(${[primary, sub]})`);
  const { link, handle } = await offerAs(bindery, primary);
  const answered = await answerBinding(bindery, {
    ...(await arriveAs(bindery, link, sub)),
    decision: 'approve',
  });
  assert.ok(answered.ok);
  const { body } = await app.redeem(handle);
  return {
    primary,
    sub,
    bindingId: text(body, 'binding_id'),
    token: text(body, 'binding_token'),
  };
}

/** Relying parties see it within the life of a status list. */
async function statusBecomes(token: string, status: number): Promise<number> {
  let seen = await readStatus(issuer, token);
  for (let tries = 0; seen.status !== status && tries < 300; tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    seen = await readStatus(issuer, token);
  }
  return seen.status;
}

const setActive = async (id: string, value: boolean) =>
  told(await scim.patch(id, { op: 'replace', path: 'active', value }));

test('what a platform does to its account, its bindings follow [R47]', async () => {
  const { sub, bindingId, token } = await bindTwo();
  const isActive = async () => (await app.introspect(token)).active;
  const hears = async () => {
    const rows = await db.query<{ type: string }>(
      sql`select type from events where stream = ${bindingId} order by seq`,
    );
    return rows.map(({ type }) => type.replace('urn:bindery:event:binding-', ''));
  };
  expect(await isActive()).toBe(true);
  const before = Math.floor(Date.now() / 1000);

  expect(await setActive(sub, false)).toBe('200');
  expect(await app.introspect(token)).toMatchObject({
    active: false,
    binding: { id: bindingId, state: 'suspended' },
  });
  expect((await findBinding(db, bindingId))?.suspended_by).toStrictEqual(['platform']);
  expect(await statusBecomes(token, 2)).toBe(2);
  const frozen = await findAccount(db, sub);
  assert.ok(frozen);
  expect(isSignedIn(frozen, before)).toBe(false);

  expect(await setActive(sub, true)).toBe('200');
  expect(await isActive()).toBe(true);
  expect(await statusBecomes(token, 0)).toBe(0);

  expect(told(await scim.send('DELETE', `/Users/${sub}`))).toBe('204');
  expect(await app.introspect(token)).toMatchObject({
    active: false,
    binding: { id: bindingId, state: 'history' },
  });
  expect(await statusBecomes(token, 3)).toBe(3);
  expect(await hears()).toStrictEqual(['established', 'suspended', 'resumed', 'ended']);
}, 120_000);

test('a frozen account cannot be bound until it is reopened [R47]', async () => {
  const owner = await makeOwner(db);
  const { id } = await scim.create();
  const sub = newId('acc');
  await db.query(sql`
    insert into accounts (id, platform, external_id, login, display_name, kind, owner_id, qualification)
    values (${sub}, 'demo', ${sub}, ${sub.toLowerCase()}, 'Sub', 'personal', ${owner}, 'verified')`);
  await db.query(
    sql`update accounts set owner_id = ${owner}, qualification = 'verified' where id = ${id}`,
  );
  const approve = async () => {
    const { link } = await offerAs(bindery, sub, { role: 'primary' });
    const arrived = await arriveAs(bindery, link, id as AccountId);
    const answered = await answerBinding(bindery, { ...arrived, decision: 'approve' });
    if (!answered.ok) return answered.refusal.code;
    return answered.value.state === 'refused' ? answered.value.refusal : answered.value.state;
  };
  await setActive(id, false);
  expect(await approve()).toBe('account_restricted');
  await setActive(id, true);
  expect(await approve()).toBe('approved');
});

import assert from 'node:assert/strict';
import { describe, expect, test } from '@jest/globals';
import { hashPassword } from '../../src/accounts/passwords.ts';
import { exportOwnData } from '../../src/evidence/own-data/export-own-data.ts';
import { forgetOwner } from '../../src/evidence/own-data/forget-owner.ts';
import { viewOwnData } from '../../src/evidence/own-data/own-data.ts';
import { keyedBytes } from '../../src/risk/bytes.ts';
import { noteAttempt, notePayments, noteVisit } from '../../src/risk/signals.store.ts';
import { sql } from '../../src/store/sql.ts';
import { ownDataPage } from '../../src/web/account/own-data.views.ts';
import { LANGUAGES, translator } from '../../src/web/core/i18n.ts';
import { askAll, makeClaimant, makeEvidenceFixture, submit } from '../fixtures/evidence.ts';
import { hashed, newRequest, seen } from '../risk/world.ts';

const fixture = await makeEvidenceFixture();
const { deps } = fixture;
const { db } = deps;
const PASSWORD = 'a password of the test';

async function makeSeen() {
  const who = await makeClaimant(deps);
  await db.query(
    sql`update accounts set password_hash = ${await hashPassword(PASSWORD)} where id = ${who.account}`,
  );
  for (const type of ['id_front', 'id_back', 'face_match'] as const)
    await submit(fixture, who, type);
  await askAll(fixture);
  const location = { provider: 4134, hosting: null, country: 'CN', latitude: 31, longitude: 121 };
  const phone = seen(`phone of ${who.account}`, 'home', {
    location,
    proof: {
      key: hashed(`key of ${who.account}`),
      nonce: hashed(`nonce of ${who.account}`),
      nonceUntil: new Date(Date.now() + 3_600_000),
    },
  });
  await noteVisit(db, who.account, phone);
  await noteVisit(db, who.account, seen(`phone of ${who.account}`, 'work', { location }));
  const side = { account: who.account, owner: who.owner, seen: phone };
  await db.transaction(
    async (tx) =>
      await noteAttempt(tx, newRequest(), {
        initiator: side,
        counterparty: side,
        verdict: 'allow',
        risk: false,
      }),
  );
  await notePayments(db, [
    {
      account: who.account,
      direction: 'out',
      party: hashed('a bank account'),
      cents: 100,
      at: new Date(),
    },
  ]);
  return who;
}

describe('signals of visits, attempts and payments', () => {
  test('an owner sees kind, count, age, purpose and end of their signals', async () => {
    const who = await makeSeen();
    const data = await viewOwnData(deps, who);
    expect(
      data.signals.map(({ what, count, keptFor, basis }) => [what, count, keptFor, basis]),
    ).toStrictEqual([
      ['devices', 1, 'safety', 'contract'],
      ['keys', 1, 'safety', 'contract'],
      ['networks', 2, 'safety', 'contract'],
      ['places', 1, 'safety', 'contract'],
      ['hours', 1, 'safety', 'contract'],
      ['attempts', 1, 'safety', 'contract'],
      ['payments', 1, 'safety', 'contract'],
    ]);
    for (const language of LANGUAGES) {
      const section = ownDataPage(translator(language), data).sections.find(
        ({ id }) => id === 'signals',
      );
      expect(section?.things.length).toBe(7);
      expect(section?.things.every(({ name, lines }) => name !== '' && lines.length === 3)).toBe(
        true,
      );
    }
    const exported = await exportOwnData(deps, { account: who.account, password: PASSWORD });
    assert.ok(exported.ok && exported.value.bytes.toString().includes('"signals"'));
    // signals of others are not shown
    expect((await viewOwnData(deps, await makeClaimant(deps))).signals).toStrictEqual([]);
  });

  test('signals and browser keys are deleted with the owner', async () => {
    const who = await makeSeen();
    const keys = async () =>
      (
        await db.query(
          sql`select 1 from device_keys where key = ${keyedBytes(hashed(`key of ${who.account}`))}`,
        )
      ).length;
    expect(await keys()).toBe(1);
    expect((await forgetOwner(deps, { account: who.account, password: PASSWORD })).ok).toBe(true);
    expect([(await viewOwnData(deps, who)).signals, await keys()]).toStrictEqual([[], 0]);
  });
});

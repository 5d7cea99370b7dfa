import { describe, expect, test } from '@jest/globals';
import { sql } from '../../src/store/sql.ts';
import { ACCOUNT, addPlatform, demoPlatform, newUser, told, USER } from '../fixtures/scim.ts';
import type { Body } from '../support/apps.ts';
import { makeAccount, makeOwner } from '../support/people.ts';
import { startServer } from '../support/server.ts';

const { issuer, bindery } = await startServer();
const { db } = bindery;
const scim = await demoPlatform(issuer);

async function audit(id: string): Promise<string[]> {
  const rows = await db.query<{ said: string }>(sql`
    select concat_ws(' ', action, actor, detail->>'origin') as said from audit_log
     where subject = ${id} order by seq`);
  return rows.map(({ said }) => said);
}

describe('an account that a platform keeps', () => {
  test('is created as RFC 7643 has it, with what it says [R47]', async () => {
    const answer = await scim.send('POST', '/Users', {
      schemas: [USER, ACCOUNT],
      externalId: 'U-1',
      userName: 'Yun@Example',
      displayName: '云朵',
      name: { familyName: '云' },
      emails: [{ value: 'yun@example.org' }],
      password: 'never-kept',
      photos: [
        { value: 'https://cdn.example/small.png', type: 'thumbnail' },
        { value: 'https://cdn.example/yun.png', type: 'photo', primary: true },
      ],
      [ACCOUNT]: { kind: 'enterprise', status: 'restricted' },
    });
    const { id, meta, ...kept } = answer.body as Body & { meta: Body };
    expect([answer.status, kept]).toStrictEqual([
      201,
      {
        schemas: [USER, ACCOUNT],
        externalId: 'U-1',
        userName: 'yun@example',
        displayName: '云朵',
        photos: [{ value: 'https://cdn.example/yun.png', type: 'photo' }],
        active: true,
        [ACCOUNT]: { kind: 'enterprise', status: 'restricted' },
      },
    ]);
    expect(meta).toStrictEqual({
      resourceType: 'User',
      created: meta.created,
      lastModified: meta.lastModified,
      location: `${scim.base}/Users/${id}`,
      version: 'W/"2"',
    });
    const { headers } = answer;
    expect(headers.get('location')).toBe(meta.location);
    expect(headers.get('etag')).toBe(meta.version);
    expect(headers.get('content-type')).toBe('application/scim+json; charset=utf-8');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('access-control-allow-origin')).toBe(null);
    expect(JSON.stringify(answer.body)).not.toMatch(/never-kept|yun@example.org/);
    const read = await scim.send('GET', `/Users/${id}`);
    expect(read.body).toStrictEqual(answer.body);
    expect(await audit(String(id))).toStrictEqual([
      'account.created demo-platform scim',
      'account.status_changed demo-platform scim',
    ]);
  });

  test('names of attributes and schemas have no case, and JSON may be its type', async () => {
    const answer = await scim.send(
      'POST',
      '/Users',
      { SCHEMAS: [USER.toUpperCase()], USERNAME: 'no-case', ACTIVE: 'False' },
      { 'content-type': 'application/json' },
    );
    expect([answer.status, answer.body.active]).toStrictEqual([201, false]);
  });

  test('an external id can be given later, once [R45]', async () => {
    const { id, ...body } = await scim.create({ externalId: undefined });
    expect('externalId' in body).toBe(false);
    const replace = { op: 'replace', path: 'externalId', value: 'given-later' };
    expect((await scim.patch(id, replace)).body.externalId).toBe('given-later');
    expect(told(await scim.patch(id, replace))).toBe('200');
    expect(told(await scim.patch(id, { ...replace, value: 'another' }))).toBe('400 mutability');
    const put = await scim.send('PUT', `/Users/${id}`, newUser({ externalId: 'another' }));
    expect(told(put)).toBe('400 mutability');
    const { id: other } = await scim.create({ externalId: undefined });
    expect(told(await scim.patch(other, replace))).toBe('409 uniqueness');
  });

  test('is replaced; what says who may act stays when it is left out', async () => {
    const { id, externalId } = await scim.create({
      displayName: '旧名',
      photos: [{ value: 'https://cdn.example/a.png' }],
      active: false,
      [ACCOUNT]: { kind: 'enterprise' },
    });
    const replaced = await scim.send('PUT', `/Users/${id}`, { schemas: [USER], userName: 'put-1' });
    const { userName, displayName, photos, active, [ACCOUNT]: account } = replaced.body;
    expect([replaced.status, replaced.body.externalId]).toStrictEqual([200, externalId]);
    expect([userName, displayName, photos, active, account]).toStrictEqual([
      'put-1',
      'put-1',
      undefined,
      false,
      { kind: 'enterprise', status: 'frozen' },
    ]);
  });

  test('active and status agree, whichever of them is sent', async () => {
    const { id } = await scim.create();
    const stateOf = async (value: Body) => {
      const { body } = await scim.patch(id, { op: 'Replace', value });
      return [body.active, (body[ACCOUNT] as Body).status];
    };
    expect(await stateOf({ active: false })).toStrictEqual([false, 'frozen']);
    expect(await stateOf({ active: true })).toStrictEqual([true, 'normal']);
    expect(await stateOf({ [ACCOUNT]: { status: 'restricted' } })).toStrictEqual([
      true,
      'restricted',
    ]);
    expect(await stateOf({ [`${ACCOUNT}:status`]: 'frozen' })).toStrictEqual([false, 'frozen']);
    expect(await stateOf({ active: true, [ACCOUNT]: { status: 'frozen' } })).toStrictEqual([
      true,
      'normal',
    ]);
    const both = { active: false, [ACCOUNT]: { status: 'restricted' } };
    expect(await stateOf(both)).toStrictEqual([false, 'frozen']);
  });

  test('a picture is patched by its type, and removed', async () => {
    const { id } = await scim.create();
    const path = 'photos[type eq "photo"].value';
    for (const value of ['https://cdn.example/1.png', 'https://cdn.example/2.png']) {
      const { body } = await scim.patch(id, { op: 'replace', path, value });
      expect(body.photos).toStrictEqual([{ value, type: 'photo' }]);
    }
    const add = async (photo: Body) =>
      (await scim.patch(id, { op: 'add', path: 'photos', value: [photo] })).body.photos;
    const newer = 'https://cdn.example/3.png';
    expect(await add({ value: newer })).toStrictEqual([{ value: newer, type: 'photo' }]);
    expect(await add({ value: 'https://cdn.example/4.png', type: 'thumbnail' })).toStrictEqual([
      { value: newer, type: 'photo' },
    ]);
    const { body } = await scim.patch(id, { op: 'remove', path: 'photos' });
    expect(body.photos).toBe(undefined);
  });

  test('what is not kept is accepted and ignored', async () => {
    const { id } = await scim.create();
    const answer = await scim.patch(
      id,
      { op: 'replace', path: 'name.familyName', value: '云' },
      { op: 'add', path: 'emails[type eq "work"].value', value: 'a@b.example' },
      { op: 'add', value: { title: 'x', displayName: '新名' } },
    );
    expect([answer.status, answer.body.displayName]).toStrictEqual([200, '新名']);
  });

  test('a deleted account is closed, and found by nothing', async () => {
    const { id, userName } = await scim.create();
    expect(told(await scim.send('DELETE', `/Users/${id}`))).toBe('204');
    for (const method of ['GET', 'DELETE'])
      expect(told(await scim.send(method, `/Users/${id}`))).toBe('404');
    expect(told(await scim.send('PUT', `/Users/${id}`, newUser()))).toBe('404');
    expect(await scim.find(`userName eq "${userName}"`)).toStrictEqual([]);
    const [row] = await db.query<{ status: string }>(
      sql`select status from accounts where id = ${id}`,
    );
    expect(row?.status).toBe('closed');
  });

  test('the same external id opens a closed account again', async () => {
    const { id, externalId } = await scim.create();
    await scim.send('DELETE', `/Users/${id}`);
    const again = await scim.send('POST', '/Users', newUser({ externalId, userName: 'again' }));
    expect([again.status, again.body.id, again.body.userName]).toStrictEqual([201, id, 'again']);
    expect((again.body[ACCOUNT] as Body).status).toBe('normal');
  });

  test('a closed account of another platform is never opened', async () => {
    const another = await addPlatform(db, issuer);
    const { id, externalId } = await another.create();
    await another.send('DELETE', `/Users/${id}`);
    await scim.create({ externalId });
    expect(told(await scim.send('POST', '/Users', newUser({ externalId })))).toBe('409 uniqueness');
    expect(told(await another.send('GET', `/Users/${id}`))).toBe('404');
  });

  test('a login stays with the account that had it, also when it is closed', async () => {
    const { id, userName } = await scim.create();
    await scim.send('DELETE', `/Users/${id}`);
    expect(told(await scim.send('POST', '/Users', newUser({ userName })))).toBe('409 uniqueness');
  });

  test('a caller sees what it asks for', async () => {
    const { id } = await scim.create({ displayName: '名' });
    const keys = async (query: string) =>
      Object.keys((await scim.send('GET', `/Users/${id}?${query}`)).body);
    expect(await keys('attributes=displayname,meta.created')).toStrictEqual([
      'schemas',
      'id',
      'displayName',
      'meta',
    ]);
    expect(await keys('excludedAttributes=id,userName,meta,externalId')).toStrictEqual([
      'schemas',
      'id',
      'displayName',
      'active',
      ACCOUNT,
    ]);
    const { body } = await scim.send('GET', `/Users/${id}?attributes=${ACCOUNT}:platform`);
    expect(body[ACCOUNT]).toStrictEqual({ platform: 'demo' });
    const both = await scim.send('GET', `/Users/${id}?attributes=id&excludedAttributes=meta`);
    expect(told(both)).toBe('400 invalidValue');
  });

  test('versions guard changes and spare readers', async () => {
    const { id, meta } = await scim.create();
    const { version } = meta as { version: string };
    const value = { schemas: [USER], userName: `v-${id.toLowerCase()}` };
    const put = async (ifMatch: string) =>
      await scim.send('PUT', `/Users/${id}`, value, { 'if-match': ifMatch });
    expect(told(await put('W/"7"'))).toBe('412');
    expect(told(await put(version))).toBe('200');
    expect(told(await put(version))).toBe('412');
    expect(told(await put('*'))).toBe('200');
    const read = async (tag: string) =>
      await scim.send('GET', `/Users/${id}`, undefined, { 'if-none-match': tag });
    expect(told(await read('W/"2"'))).toBe('304');
    expect(told(await read(version))).toBe('200');
    const stale = await scim.send('DELETE', `/Users/${id}`, undefined, { 'if-match': version });
    expect(told(stale)).toBe('412');
  });

  test('a refused message changes nothing', async () => {
    const { id, userName: taken } = await scim.create();
    const { id: other } = await scim.create({ externalId: undefined });
    const before = (await scim.send('GET', `/Users/${other}`)).body;
    const refused = await scim.patch(
      other,
      { op: 'replace', path: 'externalId', value: 'rolled-back' },
      { op: 'replace', path: 'active', value: false },
      { op: 'replace', path: 'userName', value: taken },
    );
    expect(told(refused)).toBe('409 uniqueness');
    expect((await scim.send('GET', `/Users/${other}`)).body).toStrictEqual(before);
    const badQuery = await scim.send('PATCH', `/Users/${id}?attributes=a&excludedAttributes=b`, {});
    expect(told(badQuery)).toBe('400 invalidValue');
  });
});

describe('what a platform says of an owner', () => {
  const named = (reference: string) => ({ [ACCOUNT]: { ownerReference: reference } });
  const rowOf = async (id: string) => {
    const [row] = await db.query<{ owner_id: string | null; qualification: string }>(
      sql`select owner_id, qualification from accounts where id = ${id}`,
    );
    return row;
  };

  test('ties accounts where the operator believes it [R44]', async () => {
    const believed = await addPlatform(db, issuer, {
      account_binding_platform: 'believed',
      account_binding_owner_references: true,
    });
    const one = await believed.create(named('person-1'));
    const two = await believed.create();
    expect(JSON.stringify(one)).not.toContain('person-1');
    expect((await rowOf(two.id))?.owner_id).toBe(null);
    expect(told(await believed.patch(two.id, { op: 'add', value: named('person-1') }))).toBe('200');
    const owner = (await rowOf(one.id))?.owner_id;
    expect(owner).toMatch(/^own_/);
    expect(await rowOf(two.id)).toStrictEqual({ owner_id: owner, qualification: 'verified' });
    const path = `${ACCOUNT}:ownerReference`;
    await believed.create(named('person-2'));
    const moved = await believed.patch(two.id, { op: 'replace', path, value: 'person-2' });
    expect(told(moved)).toBe('409');
    const kind = { op: 'replace', path: `${ACCOUNT}:kind`, value: 'enterprise' };
    expect(told(await believed.patch(two.id, kind))).toBe('400 mutability');
  });

  test('is refused from any other client, and nothing is created', async () => {
    const body = newUser({ ...named('person-1'), userName: 'unbelieved' });
    expect(told(await scim.send('POST', '/Users', body))).toBe('403');
    expect(await scim.find('userName eq "unbelieved"')).toStrictEqual([]);
  });
});

describe('the accounts of others', () => {
  test('another platform and Bindery itself are not there [R45]', async () => {
    const another = await addPlatform(db, issuer);
    const { id, userName, externalId } = await another.create();
    const own = await makeAccount(db, await makeOwner(db));
    for (const hidden of [id, own]) {
      expect(told(await scim.send('GET', `/Users/${hidden}`))).toBe('404');
      expect(told(await scim.send('PUT', `/Users/${hidden}`, newUser()))).toBe('404');
      expect(told(await scim.patch(hidden, { op: 'replace', path: 'active', value: false }))).toBe(
        '404',
      );
      expect(told(await scim.send('DELETE', `/Users/${hidden}`))).toBe('404');
    }
    expect(await scim.find(`userName eq "${userName}"`)).toStrictEqual([]);
    expect(await scim.find(`not (${ACCOUNT}:platform eq "demo")`)).toStrictEqual([]);
    // Names are of a platform, so the same ones are free here.
    expect((await scim.create({ userName, externalId })).userName).toBe(userName);
    expect(told(await another.send('GET', `/Users/${id}`))).toBe('200');
  });

  test('a client without a platform keeps nothing', async () => {
    const none = await addPlatform(db, issuer, { account_binding_platform: undefined });
    expect(told(await none.send('GET', '/Users'))).toBe('403');
    expect(told(await none.send('POST', '/Users', newUser()))).toBe('403');
  });
});

describe('the statements of a message', () => {
  async function counted(work: () => Promise<unknown>): Promise<number> {
    const before = db.sent;
    await work();
    return db.sent - before;
  }

  test('are no more than their ceilings', async () => {
    const { id } = await scim.create();
    const value = { displayName: '改' };
    // biome-ignore format: a table is read by its columns
    const CEILINGS = {
      // Two of each are begin and commit.
      create: [await counted(async () => await scim.create()), 5],
      read:   [await counted(async () => await scim.send('GET', `/Users/${id}`)), 1],
      list:   [await counted(async () => await scim.send('GET', '/Users')), 2],
      patch:  [await counted(async () => await scim.patch(id, { op: 'add', value })), 7],
    } as const;
    const over = Object.entries(CEILINGS).filter(([, [sent, most]]) => sent > most);
    expect(over).toStrictEqual([]);
  });
});

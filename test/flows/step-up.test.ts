import assert from 'node:assert/strict';
import { describe, expect, test } from '@jest/globals';
import type { Page } from '../../examples/demo/page.ts';
import { CONSENT_VERSIONS } from '../../src/evidence/consents/consent.ts';
import { findConsents } from '../../src/evidence/consents/consents.store.ts';
import { giveConsent } from '../../src/evidence/consents/give-consent.ts';
import { withdrawConsent } from '../../src/evidence/own-data/withdraw-consent.ts';
import { cleanUp } from '../../src/jobs/clean-up.ts';
import type { Task } from '../../src/store/jobs.store.ts';
import { sql } from '../../src/store/sql.ts';
import { makePhoto } from '../fixtures/evidence.ts';
import {
  accountOf,
  ageFactors,
  type Doubt,
  giveApp,
  giveFace,
  givePasskey,
  startStepUpServer,
} from '../fixtures/step-up.ts';
import { appCode } from '../support/app-codes.ts';
import { details, web } from '../support/apps.ts';
import { advance } from '../support/clock.ts';
import { HttpBrowser } from '../support/http-browser.ts';
import { processEvidence } from '../support/jobs.ts';
import {
  answer,
  answerHere,
  decide,
  makeFamily,
  offer,
  signIn,
  startInBrowser,
} from '../support/journeys.ts';

const { issuer, bindery, managementUrl } = await startStepUpServer();
const app = web(issuer);
const { db, factors } = bindery;

/** Makes a request that both sides approved and the pack sends to step-up. */
async function doubted(doubt: Doubt, people?: readonly [string, string]) {
  const [primary, sub] = people ?? ((await makeFamily(db, 2)) as [string, string]);
  const offered = await offer(app, primary, { asked: details({ pack: doubt }) });
  const browser = new HttpBrowser(issuer);
  const page = await answer(offered, sub, 'approve', browser);
  return { ...offered, primary, sub, there: browser, page };
}

async function outcomeOf(handle: string): Promise<string> {
  const { status, body } = await app.redeem(handle);
  return status === 200 ? 'bound' : String(body.refusal ?? body.error);
}

/** Opens the page of an approval session again, from the last page of a browser. */
async function again(browser: HttpBrowser): Promise<Awaited<ReturnType<HttpBrowser['open']>>> {
  const approvalSession = browser.visited.filter((url) => /\/bind\/s\/sit_/.test(url)).at(-1) ?? '';
  return await browser.open(
    new URL(approvalSession).pathname.replace(/(\/bind\/s\/[^/]+).*/, '$1'),
  );
}

describe('a binding that asks for more than a password', () => {
  test('a code of the authenticator app completes the step-up [R22]', async () => {
    const people = (await makeFamily(db, 2)) as [string, string];
    const secret = await giveApp(factors, people[1]);
    await ageFactors(db);
    const { handle, there, page } = await doubted('counterparty', people);
    expect([page.text, page.has('by-app') && !page.has('by-passkey')]).toStrictEqual([
      page.text,
      true,
    ]);
    expect(await outcomeOf(handle)).toBe('authorization_pending');
    expect(await outcomeOf(handle)).toBe('slow_down');

    const wrong = await there.go(page.form('code').action, {
      form: page.form('code').filled({ code: '000000' }),
    });
    expect(wrong.status).toBe(422);
    // The page is shown again, with the error.
    expect(wrong.page.has('by-app')).toBe(true);
    const done = await there.press(wrong.page.form('code'), { code: appCode(secret) });
    expect(done.text).toMatch(/bound/i);
    await advance(managementUrl, 'PT30S');
    expect(await outcomeOf(handle)).toBe('bound');

    const decisions = await db.query<{
      verdict: string;
      hooks: { id: string; proved?: unknown }[];
    }>(sql`
      select d.verdict, d.hooks from decisions d join binding_requests r on r.id = d.request_id
       where r.counterparty_id = (select id from accounts where login = ${people[1]}) order by d.decided_at`);
    expect(decisions.map(({ verdict }) => verdict)).toStrictEqual(['step_up', 'allow']);
    expect(decisions[1]?.hooks.at(-1)?.proved).toStrictEqual({
      said: 'step_up',
      by: { initiator: null, counterparty: 'totp' },
    });
    const audit = await db.query<{ action: string }>(sql`
      select action from audit_log where subject = (select id from binding_requests where counterparty_id = (select id from accounts where login = ${people[1]}))`);
    const said = audit.map(({ action }) => action);
    expect([
      said.join(),
      said.includes('binding-request.asked_for_proof') && said.includes('binding-request.approved'),
    ]).toStrictEqual([said.join(), true]);
  });

  test('a passkey completes the step-up, for this request and challenge only [R22]', async () => {
    const people = (await makeFamily(db, 2)) as [string, string];
    const authenticator = await givePasskey(factors, people[1]);
    await ageFactors(db);
    const { handle, there, page } = await doubted('counterparty', people);
    const form = page.form('passkey');
    const csrf = form.filled({}).get('csrf') ?? '';
    const options = await there.send(`${new URL(form.action, issuer).pathname}/options`, {
      form: { csrf },
    });
    expect(options.status).toBe(200);
    const done = await there.press(form, { passkey: authenticator.get(JSON.parse(options.html)) });
    expect(done.text).toMatch(/bound/i);
    expect(await outcomeOf(handle)).toBe('bound');
    const [last] = await db.query<{ passkeys: unknown }>(sql`
      select jsonb_build_array(facts #> '{signals,initiator,device,passkey}', facts #> '{signals,counterparty,device,passkey}') as passkeys
        from decisions order by decided_at desc limit 1`);
    // R21: the proof makes the owner known on this device.
    expect(last?.passkeys).toStrictEqual([false, true]);
  });

  test('both sides prove when both are asked, and a side that is done waits [R22]', async () => {
    const people = (await makeFamily(db, 2)) as [string, string];
    const secrets = [await giveApp(factors, people[0]), await giveApp(factors, people[1])] as const;
    await ageFactors(db);
    const { handle, there, page, browser } = await doubted('both', people);
    const waiting = await there.press(page.form('code'), { code: appCode(secrets[1]) });
    expect([waiting.text, !waiting.has('by-app') && waiting.has('by-person')]).toStrictEqual([
      waiting.text,
      true,
    ]);
    expect(await outcomeOf(handle)).toBe('authorization_pending');
    const initiators = await again(browser);
    expect(
      (await browser.press(initiators.form('code'), { code: appCode(secrets[0]) })).text,
    ).toMatch(/bound/i);
    expect((await again(there)).text).toMatch(/bound/i);
    await advance(managementUrl, 'PT30S');
    expect(await outcomeOf(handle)).toBe('bound');
  });

  test('either side may prove when no side is named [R22]', async () => {
    const people = (await makeFamily(db, 2)) as [string, string];
    const secret = await giveApp(factors, people[0]);
    await ageFactors(db);
    const { handle, page, browser } = await doubted('either', people);
    expect(page.has('by-person')).toBe(true);
    expect(page.has('by-app')).toBe(false);
    expect(
      (await browser.press((await again(browser)).form('code'), { code: appCode(secret) })).text,
    ).toMatch(/bound/i);
    expect(await outcomeOf(handle)).toBe('bound');
  });

  test('either side may ask for a person instead [R23]', async () => {
    const people = (await makeFamily(db, 2)) as [string, string];
    await giveApp(factors, people[1]);
    await ageFactors(db);
    const { handle, page, there } = await doubted('counterparty', people);
    const [person] = page.formsEnding('/proof/person');
    assert.ok(person);
    await there.press(person.form);
    expect(await outcomeOf(handle)).toBe('review_pending');
  });

  test('a request goes to a person at once when nobody has a factor [R23]', async () => {
    const people = (await makeFamily(db, 2, 'special_industry')) as [string, string];
    const { handle, browser } = await doubted('counterparty', people);
    await decide(browser, await again(browser)); // the last confirmation of the initiator comes first
    expect(await outcomeOf(handle)).toBe('review_pending');
  });

  test('a step-up that times out is refused as a risk and can be appealed [R23]', async () => {
    const people = (await makeFamily(db, 2)) as [string, string];
    await giveApp(factors, people[1]);
    await ageFactors(db);
    const { handle, there } = await doubted('counterparty', people);
    await advance(managementUrl, 'PT601S');
    expect(await outcomeOf(handle)).toBe('risk');
    expect((await again(there)).text).toMatch(/safety|risk/i);
    await cleanUp(bindery);
    const [refusal] = await db.query<{ refusal: string; refused_by_hook: string }>(sql`
      select refusal, refused_by_hook from refusals where primary_id = (select id from accounts where login = ${people[0]})`);
    expect(refusal).toStrictEqual({ refusal: 'risk', refused_by_hook: 'step-up' });
    const marked = await db.query(sql`
      select 1 from binding_attempts where risk and account_id = any(array(select id from accounts where login = any(${people})))`);
    // R21: the refusal counts for the neighbours of both sides.
    expect(marked.length).toBe(2);
    const page = await signIn(
      there,
      await there.open('/account/sign-in?to=/account/refusals'),
      people[1],
    );
    const [link] = page.links(/\/account\/refusals\/brq_/);
    assert.ok(link, page.text);
    // The refusal can be appealed.
    expect((await there.open(link.url)).hasForm('text')).toBe(true);
  });

  test('a request that waits for a proof holds its slot [R2]', async () => {
    const [primary, ...subs] = (await makeFamily(db, 5)) as [
      string,
      string,
      string,
      string,
      string,
    ];
    await giveApp(factors, primary);
    await ageFactors(db);
    for (const sub of subs.slice(0, 2)) await answer(await offer(app, primary), sub);
    // Limits are counted within a pack, and this one asks everybody for a proof.
    const { id } = await accountOf(db, primary);
    await db.query(sql`update bindings set pack = 'initiator' where primary_id = ${id}`);
    expect(await outcomeOf((await doubted('initiator', [primary, String(subs[2])])).handle)).toBe(
      'authorization_pending',
    );
    const late = await doubted('initiator', [primary, String(subs[3])]);
    expect(await outcomeOf(late.handle)).toBe('limit_reached');
  });

  test('a factor that is too new proves nothing [R22]', async () => {
    const people = (await makeFamily(db, 2)) as [string, string];
    await giveApp(factors, people[1]);
    await ageFactors(db, 2);
    const { page } = await doubted('counterparty', people);
    expect([page.text, !page.has('by-app')]).toStrictEqual([page.text, true]);
    expect(page.text).toMatch(/less than 3 days/);
  });

  test('in one browser the initiator goes on to its own proof and the app [R22]', async () => {
    const people = (await makeFamily(db, 2)) as [string, string];
    const secret = await giveApp(factors, people[0]);
    await ageFactors(db);
    const browser = new HttpBrowser(issuer);
    const started = await startInBrowser(app, browser, people[0], details({ pack: 'initiator' }));
    const { result } = await answerHere(browser, started.waiting, people[1]);
    const step = await browser.open(result.link('continue'));
    const done = await browser.press(step.form('code'), { code: appCode(secret) });
    expect((await browser.leave(done.link('continue'))).search).toMatch(/code=/);
  });
});

describe('a fresh identity check', () => {
  async function facePeople(name: string): Promise<[string, string]> {
    const people = (await makeFamily(db, 2)) as [string, string];
    await giveFace(bindery, people, name);
    return people;
  }

  async function showFace(browser: HttpBrowser, page: Page): Promise<Page> {
    const asked = await browser.open(page.link('face'));
    const form = asked.hasForm('decision', 'approve')
      ? await browser.press(asked.form('decision', 'approve'), { decision: 'approve' })
      : asked;
    return await browser.upload(form.form('documents'), [
      new File([new Uint8Array(await makePhoto())], 'me.jpg', { type: 'image/jpeg' }),
    ]);
  }

  /** Processes evidence as the job does, until the provider has answered. */
  async function untilChecked(): Promise<void> {
    for (let round = 0; round < 40; round += 1) {
      await processEvidence(bindery.evidence, () => {});
      await bindery.evidence.sandbox?.idle();
      const [{ waiting } = { waiting: -1 }] = await db.query<{ waiting: number }>(
        sql`select count(*)::int as waiting from step_up_checks where state = 'waiting'`,
      );
      if (waiting === 0) return;
      await advance(managementUrl, 'PT15M');
    }
    assert.fail('the provider never answered');
  }

  /** Tells whether a task became due since the last call. */
  async function isDue(task: Task): Promise<boolean> {
    const rows = await db.query(sql`
      select 1 from graphile_worker.complete_jobs(array(
        select id from graphile_worker.jobs where task_identifier = ${task}))`);
    return rows.length > 0;
  }

  const kept = async () =>
    await db.query(sql`select 1 from evidence_documents where check_id is not null`);

  test('a matching face binds, after consent, and the picture is deleted [R22]', async () => {
    const people = await facePeople('测试 本人');
    await giveApp(factors, people[1]);
    await ageFactors(db);
    const { handle, there, page } = await doubted('face', people);
    // A code does not replace a face.
    expect(page.has('by-face')).toBe(true);
    expect(page.has('by-app')).toBe(false);
    // Biometrics need their own consent.
    expect((await there.open(page.link('face'))).text).toMatch(/agree/i);
    await isDue('check-faces');
    const waiting = await showFace(there, page);
    expect(waiting.text).toMatch(/being checked/);
    // The provider is asked at once.
    expect(await isDue('check-faces')).toBe(true);
    expect((await kept()).length).toBe(1);
    expect(await outcomeOf(handle)).toBe('authorization_pending');
    await untilChecked();
    expect((await again(there)).text).toMatch(/bound/i);
    // The picture is deleted at once.
    expect(await isDue('remove-documents')).toBe(true);
    await processEvidence(bindery.evidence, () => {});
    expect((await kept()).length).toBe(0);
    await advance(managementUrl, 'PT30S');
    expect(await outcomeOf(handle)).toBe('bound');
    const [{ pieces } = { pieces: -1 }] = await db.query<{ pieces: number }>(sql`
      select count(*)::int as pieces from evidence where account_id = (select id from accounts where login = ${people[1]})`);
    // The picture is not a piece of evidence.
    expect(pieces).toBe(0);
  });

  test('a face that does not match has one more try, then a person decides [R22, R23]', async () => {
    const { handle, there, page } = await doubted('face', await facePeople('测试 不符'));
    await showFace(there, page);
    await untilChecked();
    const once = await again(there);
    expect(once.text).toMatch(/did not fit/);
    await showFace(there, once);
    await untilChecked();
    const twice = await again(there);
    expect([twice.text, !twice.has('by-face') && twice.has('by-person')]).toStrictEqual([
      twice.text,
      true,
    ]);
    expect(await outcomeOf(handle)).not.toBe('bound');
    const [person] = twice.formsEnding('/proof/person');
    assert.ok(person);
    await there.press(person.form);
    await advance(managementUrl, 'PT60S');
    expect(await outcomeOf(handle)).toBe('review_pending');
    await processEvidence(bindery.evidence, () => {});
    expect((await kept()).length).toBe(0);
  });

  test('a side that does not wait for the check gets a person [R23]', async () => {
    const { there, page } = await doubted('face', await facePeople('测试 本人'));
    const waiting = await showFace(there, page);
    const [person] = waiting.formsEnding('/proof/person');
    assert.ok(person);
    await isDue('check-faces');
    await there.press(person.form);
    // The result is no longer needed.
    expect(await isDue('check-faces')).toBe(true);
    for (let round = 0; round < 2; round += 1) await processEvidence(bindery.evidence, () => {});
    expect((await kept()).length).toBe(0);
    const [check] = await db.query<{ state: string }>(
      sql`select state from step_up_checks order by begun_at desc limit 1`,
    );
    assert.ok(check && check.state !== 'waiting');
  });

  test('the check has its own consent, apart from that of verification', async () => {
    const people = await facePeople('测试 本人');
    const { there, page } = await doubted('face', people);
    const { id: account } = await accountOf(db, people[1]);
    const version = CONSENT_VERSIONS.biometrics;
    expect(
      (
        await giveConsent(bindery.evidence, {
          account,
          consent: 'biometrics',
          version,
          language: 'en',
        })
      ).ok,
    ).toBe(true);
    for (const [language, atOnce, later] of [
      ['en', /deleted as soon as there is a result/, /90 days/],
      ['zh-CN', /一有结果.*照片立即删除/, /90 天/],
    ] as const) {
      const asked = await there.open(`${page.link('face').pathname}?lang=${language}`);
      expect(asked.text).toMatch(atOnce);
      expect(asked.text).not.toMatch(later);
    }
    await showFace(there, page);
    const held = (await findConsents(db, account)).filter(({ endedAt }) => endedAt === null);
    expect(held.map(({ consent }) => consent).sort()).toStrictEqual([
      'biometrics',
      'identity_check',
    ]);
    expect((await withdrawConsent(bindery.evidence, { account, consent: 'biometrics' })).ok).toBe(
      true,
    );
    // The picture of this check belongs to the other consent.
    expect((await kept()).length).toBe(1);
    expect(
      (await withdrawConsent(bindery.evidence, { account, consent: 'identity_check' })).ok,
    ).toBe(true);
    await processEvidence(bindery.evidence, () => {});
    expect((await kept()).length).toBe(0);
  });

  test('a withdrawn consent deletes the picture before the provider sees it', async () => {
    const people = await facePeople('测试 本人');
    const { there, page, handle } = await doubted('face', people);
    await showFace(there, page);
    const { id: account } = await accountOf(db, people[1]);
    const [before] = await db.query<{ data: unknown }>(
      sql`select 1 as data from evidence_documents d join step_up_checks c on c.id = d.check_id where c.account_id = ${account}`,
    );
    expect(before).toBeTruthy();
    const withdrawn = await withdrawConsent(bindery.evidence, {
      account,
      consent: 'identity_check',
    });
    expect(withdrawn).toEqual(expect.objectContaining({ ok: true }));
    await processEvidence(bindery.evidence, () => {});
    expect((await kept()).length).toBe(0);
    const [check] = await db.query<{ state: string }>(
      sql`select state from step_up_checks where account_id = ${account}`,
    );
    expect(check?.state).toBe('failed');
    expect(await outcomeOf(handle)).toBe('authorization_pending');
  });
});

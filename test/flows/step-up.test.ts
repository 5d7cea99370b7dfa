import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Page } from '../../examples/demo/page.ts';
import { CONSENT_VERSIONS } from '../../src/evidence/consent.ts';
import { findConsents } from '../../src/evidence/consents.store.ts';
import { giveConsent } from '../../src/evidence/give-consent.ts';
import { withdrawConsent } from '../../src/evidence/withdraw-consent.ts';
import { cleanUp } from '../../src/jobs/clean-up.ts';
import { processEvidence } from '../../src/jobs/process-evidence.ts';
import { sql } from '../../src/store/sql.ts';
import { makePhoto } from '../evidence/stand.ts';
import { appCode } from '../support/app-codes.ts';
import { details, web } from '../support/apps.ts';
import { advance } from '../support/clock.ts';
import {
  accountOf,
  ageFactors,
  type Doubt,
  giveApp,
  giveFace,
  givePasskey,
  startDoubtful,
} from '../support/doubtful.ts';
import {
  answer,
  answerHere,
  decide,
  makeFamily,
  offer,
  signIn,
  startInBrowser,
} from '../support/journeys.ts';
import { Surfer } from '../support/surfer.ts';

const { issuer, bindery, managementUrl } = await startDoubtful();
const app = web(issuer);
const { db, factors } = bindery;

/** Both have agreed, and the pack doubts. */
async function doubted(doubt: Doubt, people?: readonly [string, string]) {
  const [primary, sub] = people ?? ((await makeFamily(db, 2)) as [string, string]);
  const offered = await offer(app, primary, { asked: details({ pack: doubt }) });
  const surfer = new Surfer(issuer);
  const page = await answer(offered, sub, 'approve', surfer);
  return { ...offered, primary, sub, there: surfer, page };
}

async function outcomeOf(handle: string): Promise<string> {
  const { status, body } = await app.redeem(handle);
  return status === 200 ? 'bound' : String(body.refusal ?? body.error);
}

/** The page of an approval session as it stands, by where a browser last was. */
async function again(surfer: Surfer): Promise<Awaited<ReturnType<Surfer['open']>>> {
  const approvalSession = surfer.visited.filter((url) => /\/bind\/s\/sit_/.test(url)).at(-1) ?? '';
  return await surfer.open(new URL(approvalSession).pathname.replace(/(\/bind\/s\/[^/]+).*/, '$1'));
}

describe('a binding that asks for more than a password', () => {
  test('R22 a code of the authenticator app, and the decision goes on where it stood', async () => {
    const people = (await makeFamily(db, 2)) as [string, string];
    const secret = await giveApp(factors, people[1]);
    await ageFactors(db);
    const { handle, there, page } = await doubted('counterparty', people);
    assert.ok(page.has('by-app') && !page.has('by-passkey'), page.text);
    assert.equal(await outcomeOf(handle), 'authorization_pending');
    assert.equal(await outcomeOf(handle), 'slow_down');

    const wrong = await there.go(page.form('code').action, {
      form: page.form('code').filled({ code: '000000' }),
    });
    assert.equal(wrong.status, 422);
    assert.ok(wrong.page.has('by-app'), 'the same page, with what was wrong');
    const done = await there.press(wrong.page.form('code'), { code: appCode(secret) });
    assert.match(done.text, /bound/i);
    await advance(managementUrl, 'PT30S');
    assert.equal(await outcomeOf(handle), 'bound');

    const decisions = await db.query<{
      verdict: string;
      hooks: { id: string; proved?: unknown }[];
    }>(sql`
      select d.verdict, d.hooks from decisions d join binding_requests r on r.id = d.request_id
       where r.counterparty_id = (select id from accounts where login = ${people[1]}) order by d.decided_at`);
    assert.deepEqual(
      decisions.map(({ verdict }) => verdict),
      ['step_up', 'allow'],
    );
    assert.deepEqual(decisions[1]?.hooks.at(-1)?.proved, {
      said: 'step_up',
      by: { initiator: null, counterparty: 'totp' },
    });
    const audit = await db.query<{ action: string }>(sql`
      select action from audit_log where subject = (select id from binding_requests where counterparty_id = (select id from accounts where login = ${people[1]}))`);
    const said = audit.map(({ action }) => action);
    assert.ok(
      said.includes('binding-request.asked_for_proof') && said.includes('binding-request.approved'),
      said.join(),
    );
  });

  test('R22 a passkey, bound to this request and its challenge', async () => {
    const people = (await makeFamily(db, 2)) as [string, string];
    const authenticator = await givePasskey(factors, people[1]);
    await ageFactors(db);
    const { handle, there, page } = await doubted('counterparty', people);
    const form = page.form('passkey');
    const csrf = form.filled({}).get('csrf') ?? '';
    const options = await there.send(`${new URL(form.action, issuer).pathname}/options`, {
      form: { csrf },
    });
    assert.equal(options.status, 200);
    const done = await there.press(form, { passkey: authenticator.get(JSON.parse(options.html)) });
    assert.match(done.text, /bound/i);
    assert.equal(await outcomeOf(handle), 'bound');
    const [last] = await db.query<{ passkeys: unknown }>(sql`
      select jsonb_build_array(facts #> '{signals,initiator,device,passkey}', facts #> '{signals,counterparty,device,passkey}') as passkeys
        from decisions order by decided_at desc limit 1`);
    assert.deepEqual(
      last?.passkeys,
      [false, true],
      'R21 whoever has the passkey is no stranger on this device',
    );
  });

  test('R22 both sides where both are doubted; who is done, or not asked, is told to wait', async () => {
    const people = (await makeFamily(db, 2)) as [string, string];
    const secrets = [await giveApp(factors, people[0]), await giveApp(factors, people[1])] as const;
    await ageFactors(db);
    const { handle, there, page, surfer } = await doubted('both', people);
    const waiting = await there.press(page.form('code'), { code: appCode(secrets[1]) });
    assert.ok(!waiting.has('by-app') && waiting.has('by-person'), waiting.text);
    assert.equal(await outcomeOf(handle), 'authorization_pending');
    const initiators = await again(surfer);
    assert.match(
      (await surfer.press(initiators.form('code'), { code: appCode(secrets[0]) })).text,
      /bound/i,
    );
    assert.match((await again(there)).text, /bound/i);
    await advance(managementUrl, 'PT30S');
    assert.equal(await outcomeOf(handle), 'bound');
  });

  test('R22 either side where nobody is named', async () => {
    const people = (await makeFamily(db, 2)) as [string, string];
    const secret = await giveApp(factors, people[0]);
    await ageFactors(db);
    const { handle, page, surfer } = await doubted('either', people);
    assert.ok(page.has('by-person') && !page.has('by-app'));
    assert.match(
      (await surfer.press((await again(surfer)).form('code'), { code: appCode(secret) })).text,
      /bound/i,
    );
    assert.equal(await outcomeOf(handle), 'bound');
  });

  test('R23 either side may have a person look instead', async () => {
    const people = (await makeFamily(db, 2)) as [string, string];
    await giveApp(factors, people[1]);
    await ageFactors(db);
    const { handle, page, there } = await doubted('counterparty', people);
    const [person] = page.formsEnding('/proof/person');
    assert.ok(person);
    await there.press(person.form);
    assert.equal(await outcomeOf(handle), 'review_pending');
  });

  test('R23 a person looks at once where nobody has anything to prove with', async () => {
    const people = (await makeFamily(db, 2, 'special_industry')) as [string, string];
    const { handle, surfer } = await doubted('counterparty', people);
    await decide(surfer, await again(surfer)); // the initiator's last confirmation comes first
    assert.equal(await outcomeOf(handle), 'review_pending');
  });

  test('R23 nobody proves anything in time: refused as a risk, which can be appealed against', async () => {
    const people = (await makeFamily(db, 2)) as [string, string];
    await giveApp(factors, people[1]);
    await ageFactors(db);
    const { handle, there } = await doubted('counterparty', people);
    await advance(managementUrl, 'PT601S');
    assert.equal(await outcomeOf(handle), 'risk');
    assert.match((await again(there)).text, /safety|risk/i);
    await cleanUp(db);
    const [refusal] = await db.query<{ refusal: string; refused_by_hook: string }>(sql`
      select refusal, refused_by_hook from refusals where primary_id = (select id from accounts where login = ${people[0]})`);
    assert.deepEqual(refusal, { refusal: 'risk', refused_by_hook: 'step-up' });
    const marked = await db.query(sql`
      select 1 from binding_attempts where risk and account_id = any(array(select id from accounts where login = any(${people})))`);
    assert.equal(marked.length, 2, 'R21 and it counts for the neighbours of both sides');
    const page = await signIn(
      there,
      await there.open('/account/sign-in?to=/account/refusals'),
      people[1],
    );
    const [link] = page.links(/\/account\/refusals\/brq_/);
    assert.ok(link, page.text);
    assert.ok((await there.open(link.url)).hasForm('text'), 'it can be appealed against');
  });

  test('R2 what waits for a proof holds its slot', async () => {
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
    assert.equal(
      await outcomeOf((await doubted('initiator', [primary, String(subs[2])])).handle),
      'authorization_pending',
    );
    const late = await offer(app, primary);
    await answer(late, String(subs[3]));
    assert.equal(await outcomeOf(late.handle), 'limit_reached');
  });

  test('R22 a factor that is too young proves nothing', async () => {
    const people = (await makeFamily(db, 2)) as [string, string];
    await giveApp(factors, people[1]);
    await ageFactors(db, 2);
    const { page } = await doubted('counterparty', people);
    assert.ok(!page.has('by-app'), page.text);
    assert.match(page.text, /less than 3 days/);
  });

  test('R22 in one browser the initiator is led from the other side’s page to its own step, and then to the app', async () => {
    const people = (await makeFamily(db, 2)) as [string, string];
    const secret = await giveApp(factors, people[0]);
    await ageFactors(db);
    const surfer = new Surfer(issuer);
    const started = await startInBrowser(app, surfer, people[0], details({ pack: 'initiator' }));
    const { result } = await answerHere(surfer, started.waiting, people[1]);
    const step = await surfer.open(result.link('continue'));
    const done = await surfer.press(step.form('code'), { code: appCode(secret) });
    assert.match((await surfer.leave(done.link('continue'))).search, /code=/);
  });
});

describe('a fresh identity check', () => {
  async function facePeople(name: string): Promise<[string, string]> {
    const people = (await makeFamily(db, 2)) as [string, string];
    await giveFace(bindery, people, name);
    return people;
  }

  async function showFace(surfer: Surfer, page: Page): Promise<Page> {
    const asked = await surfer.open(page.link('face'));
    const form = asked.hasForm('decision', 'approve')
      ? await surfer.press(asked.form('decision', 'approve'), { decision: 'approve' })
      : asked;
    return await surfer.upload(form.form('documents'), [
      new File([new Uint8Array(await makePhoto())], 'me.jpg', { type: 'image/jpeg' }),
    ]);
  }

  /** As the job does, for as long as the provider takes. */
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

  const kept = async () =>
    await db.query(sql`select 1 from evidence_documents where check_id is not null`);

  test('R22 a face that fits binds by itself, consent is asked first, and the picture is gone at once', async () => {
    const people = await facePeople('测试 本人');
    await giveApp(factors, people[1]);
    await ageFactors(db);
    const { handle, there, page } = await doubted('face', people);
    assert.ok(page.has('by-face') && !page.has('by-app'), 'a code does not stand for a face');
    assert.match(
      (await there.open(page.link('face'))).text,
      /agree/i,
      'biometrics have a consent of their own',
    );
    const waiting = await showFace(there, page);
    assert.match(waiting.text, /being checked/);
    assert.equal((await kept()).length, 1);
    assert.equal(await outcomeOf(handle), 'authorization_pending');
    await untilChecked();
    assert.match((await again(there)).text, /bound/i);
    await processEvidence(bindery.evidence, () => {});
    assert.equal((await kept()).length, 0);
    await advance(managementUrl, 'PT30S');
    assert.equal(await outcomeOf(handle), 'bound');
    const [{ pieces } = { pieces: -1 }] = await db.query<{ pieces: number }>(sql`
      select count(*)::int as pieces from evidence where account_id = (select id from accounts where login = ${people[1]})`);
    assert.equal(pieces, 0, 'it is no piece of evidence');
  });

  test('R22 R23 a face that does not fit is tried once more, and then only a person is left', async () => {
    const { handle, there, page } = await doubted('face', await facePeople('测试 不符'));
    await showFace(there, page);
    await untilChecked();
    const once = await again(there);
    assert.match(once.text, /did not fit/);
    await showFace(there, once);
    await untilChecked();
    const twice = await again(there);
    assert.ok(!twice.has('by-face') && twice.has('by-person'), twice.text);
    assert.notEqual(await outcomeOf(handle), 'bound');
    const [person] = twice.formsEnding('/proof/person');
    assert.ok(person);
    await there.press(person.form);
    await advance(managementUrl, 'PT60S');
    assert.equal(await outcomeOf(handle), 'review_pending');
    await processEvidence(bindery.evidence, () => {});
    assert.equal((await kept()).length, 0);
  });

  test('R23 whoever would not wait for the check has a person look, and the picture goes', async () => {
    const { there, page } = await doubted('face', await facePeople('测试 本人'));
    const waiting = await showFace(there, page);
    const [person] = waiting.formsEnding('/proof/person');
    assert.ok(person);
    await there.press(person.form);
    for (let round = 0; round < 2; round += 1) await processEvidence(bindery.evidence, () => {});
    assert.equal((await kept()).length, 0);
    const [check] = await db.query<{ state: string }>(
      sql`select state from step_up_checks order by begun_at desc limit 1`,
    );
    assert.ok(check && check.state !== 'waiting');
  });

  test('R22 has a consent of its own, which says that the picture goes at once; the one for verification does not stand for it', async () => {
    const people = await facePeople('测试 本人');
    const { there, page } = await doubted('face', people);
    const { id: account } = await accountOf(db, people[1]);
    const version = CONSENT_VERSIONS.biometrics;
    assert.ok(
      (
        await giveConsent(bindery.evidence, {
          account,
          consent: 'biometrics',
          version,
          language: 'en',
        })
      ).ok,
    );
    for (const [language, atOnce, later] of [
      ['en', /deleted as soon as there is a result/, /90 days/],
      ['zh-CN', /一有结果.*照片立即删除/, /90 天/],
    ] as const) {
      const asked = await there.open(`${page.link('face').pathname}?lang=${language}`);
      assert.match(asked.text, atOnce);
      assert.doesNotMatch(asked.text, later);
    }
    await showFace(there, page);
    const held = (await findConsents(db, account)).filter(({ endedAt }) => endedAt === null);
    assert.deepEqual(held.map(({ consent }) => consent).sort(), ['biometrics', 'identity_check']);
    assert.ok((await withdrawConsent(bindery.evidence, { account, consent: 'biometrics' })).ok);
    assert.equal((await kept()).length, 1, 'the picture of this check is another matter');
    assert.ok((await withdrawConsent(bindery.evidence, { account, consent: 'identity_check' })).ok);
    await processEvidence(bindery.evidence, () => {});
    assert.equal((await kept()).length, 0);
  });

  test('R22 a consent taken back takes the picture with it, and no provider sees it', async () => {
    const people = await facePeople('测试 本人');
    const { there, page, handle } = await doubted('face', people);
    await showFace(there, page);
    const { id: account } = await accountOf(db, people[1]);
    const [before] = await db.query<{ data: unknown }>(
      sql`select 1 as data from evidence_documents d join step_up_checks c on c.id = d.check_id where c.account_id = ${account}`,
    );
    assert.ok(before);
    const withdrawn = await withdrawConsent(bindery.evidence, {
      account,
      consent: 'identity_check',
    });
    assert.ok(withdrawn.ok, JSON.stringify(withdrawn));
    await processEvidence(bindery.evidence, () => {});
    assert.equal((await kept()).length, 0);
    const [check] = await db.query<{ state: string }>(
      sql`select state from step_up_checks where account_id = ${account}`,
    );
    assert.equal(check?.state, 'failed');
    assert.equal(await outcomeOf(handle), 'authorization_pending');
  });
});

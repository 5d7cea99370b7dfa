import { request } from 'node:http';
import { describe, expect, test } from '@jest/globals';
import type { Form, Page } from '../../examples/demo/page.ts';
import { sql } from '../../src/store/sql.ts';
import { makeDeclarer, submitEvidence } from '../fixtures/declared-accounts.ts';
import { personNumber } from '../owners/people.ts';
import { appCode } from '../support/app-codes.ts';
import { makeApplicantOf } from '../support/applicants.ts';
import { details, web } from '../support/apps.ts';
import { HttpBrowser } from '../support/http-browser.ts';
import {
  arrive,
  bind,
  decide,
  makeFamily,
  offer,
  openBindings,
  signIn,
} from '../support/journeys.ts';
import { startServer } from '../support/server.ts';

const { issuer, bindery } = await startServer();
const app = web(issuer);

/** A form in a browser, filled in and ready to be sent. */
interface Ready {
  readonly name: string;
  readonly browser: HttpBrowser;
  readonly form: Form;
  readonly fields: URLSearchParams;
}

const ready = (
  name: string,
  browser: HttpBrowser,
  form: Form,
  typed: Record<string, string> = {},
): Ready => ({
  name,
  browser,
  form,
  fields: form.filled(typed),
});

/** Every form that changes something, once. */
async function everyForm(): Promise<Ready[]> {
  const [primary, sub, bound] = (await makeFamily(bindery.db, 3)) as [string, string, string];
  const password = 'Bindery-demo-2026';
  const offered = await offer(app, primary);
  const other = new HttpBrowser(issuer);
  const approval = await arrive(other, offered.code, sub);
  const starting = new HttpBrowser(issuer);
  const signInPage = await starting.open((await app.start(details())).url);
  const consenting = new HttpBrowser(issuer);
  const consent = await signIn(
    consenting,
    await consenting.open((await app.start(details())).url),
    primary,
  );
  const newcomer = new HttpBrowser(issuer);
  const { bindingId } = await bind(app, primary, bound);
  const owner = new HttpBrowser(issuer);
  const bindings = await openBindings(owner, primary);
  const [renew] = offered.waiting.formsEnding('/code');
  const [suspend] = bindings.formsEnding(`/${bindingId}/suspend`);
  const [end] = bindings.formsEnding(`/${bindingId}/end`);
  const must = <T>(found: T | undefined): T => {
    if (found === undefined) throw new Error('a page lacks a form it should have');
    return found;
  };
  return [
    ready('the code form', newcomer, (await newcomer.open('/bind')).form('user_code'), {
      user_code: offered.code,
    }),
    ready('the sign-in of an app', starting, signInPage.form('login'), {
      login: primary,
      password,
    }),
    ready(
      'the sign-in to an account',
      newcomer,
      (await newcomer.open('/account/sign-in')).form('login'),
      { login: primary, password },
    ),
    ready('the consent', consenting, consent.form('decision', 'approve'), { decision: 'approve' }),
    ready('the approval', other, approval.form('decision', 'approve'), { decision: 'approve' }),
    ready('the new code', offered.browser, must(renew).form),
    ready('the withdrawal', offered.browser, offered.waiting.form('decision', 'refuse'), {
      decision: 'refuse',
    }),
    ready('the suspension', owner, must(suspend).form),
    ready('the unbinding', owner, must(end).form),
    ...(await applicantForms()),
    ...(await securityForms()),
  ];
}

/** The forms for evidence and for deleting one's data. */
async function applicantForms(): Promise<Ready[]> {
  const at = '/account/verification';
  const enter = async (login: string, path: string): Promise<[HttpBrowser, Page]> => {
    const browser = new HttpBrowser(issuer);
    return [browser, await signIn(browser, await browser.open(path), login)];
  };
  const [reader, consent] = await enter(
    await makeApplicantOf(bindery.db, 'personal'),
    `${at}/declare`,
  );
  const [writer, asked] = await enter(
    await makeApplicantOf(bindery.db, 'personal'),
    `${at}/declare`,
  );
  const declaration = await decide(writer, asked);
  const clinic = await makeDeclarer(bindery.evidence);
  await submitEvidence(bindery.evidence, clinic, 'industry_permit');
  const [owner, overview] = await enter(clinic.login, at);
  const [withdraw] = overview.formsEnding('/withdraw');
  if (!withdraw) throw new Error('what is under way cannot be withdrawn');
  const data = await owner.open('/account/data');
  const [consents] = data.formsEnding('/withdraw');
  const [download] = data.formsEnding('/download');
  if (!consents || !download) throw new Error('a right over own data has no form');
  const password = 'Bindery-demo-2026';
  return [
    ready('the separate consent', reader, consent.form('decision', 'approve'), {
      decision: 'approve',
    }),
    ready('the declaration', writer, declaration.form('number'), {
      name: '林小满',
      number: personNumber(401),
    }),
    ready('the files', owner, (await owner.open(`${at}/three_in_one_licence`)).form('documents')),
    ready(
      'the request for a signing',
      owner,
      (await owner.open(`${at}/in_person_signing`)).form('csrf'),
    ),
    ready('the withdrawal of a piece', owner, withdraw.form),
    ready('the withdrawal of a consent', owner, consents.form),
    ready('the download', owner, download.form, { password }),
    ready('the deletion', owner, (await owner.open('/account/data/delete')).form('password'), {
      password,
    }),
  ];
}

/** The forms that add and remove factors. */
async function securityForms(): Promise<Ready[]> {
  const [login, another] = (await makeFamily(bindery.db, 2)) as [string, string];
  const password = 'Bindery-demo-2026';
  const at = '/account/security';
  const [owner, newcomer] = [new HttpBrowser(issuer), new HttpBrowser(issuer)];
  const only = (page: Page, ending: string): Form => {
    const [found] = page.formsEnding(ending);
    if (!found) throw new Error(`the page has no form ${ending}`);
    return found.form;
  };
  const sheet = await owner.press(only(await signIn(owner, await owner.open(at), login), '/totp'), {
    password,
  });
  const list = await owner.press(only(sheet, '/confirm'), {
    code: appCode(sheet.textOfId('secret')),
  });
  const begin = only(await signIn(newcomer, await newcomer.open(at), another), '/totp');
  const confirm = only(await newcomer.press(begin, { password }), '/confirm');
  return [
    ready('the removal of a second factor', owner, only(list, '/remove'), {
      password,
      code: '000000',
    }),
    ready('the first half of an authenticator app', newcomer, begin, { password }),
    ready('its second half', newcomer, confirm, { code: '000000' }),
    ready('a passkey', newcomer, only(await newcomer.open(at), '/passkeys'), {
      response: '{}',
      password,
    }),
  ];
}

/** All rows that a forged form must not change. */
async function snapshot(): Promise<string> {
  const [row] = await bindery.db.query<{ all: string }>(sql`
    select (select coalesce(jsonb_agg(to_jsonb(b) order by id), '[]') from bindings b)::text
        || (select coalesce(jsonb_agg(to_jsonb(r) - 'last_polled_at' order by id), '[]') from binding_requests r)::text
        || (select coalesce(jsonb_agg(to_jsonb(s) order by id), '[]') from approval_sessions s)::text
        || (select coalesce(jsonb_agg(to_jsonb(e) order by id), '[]') from evidence e)::text
        || (select coalesce(jsonb_agg(to_jsonb(c) order by seq), '[]') from account_consents c)::text
        || (select coalesce(jsonb_agg(to_jsonb(c) order by account_id), '[]') from account_claims c)::text
        || (select coalesce(jsonb_agg(to_jsonb(f) order by id), '[]') from second_factors f)::text
        || (select coalesce(jsonb_agg(to_jsonb(t) order by account_id), '[]') from totp_enrolments t)::text
        || (select count(*) from audit_log)::text || (select count(*) from events)::text as all`);
  return row?.all ?? '';
}

const without = (fields: URLSearchParams, name: string): URLSearchParams => {
  const rest = new URLSearchParams(fields);
  rest.delete(name);
  return rest;
};
const withField = (fields: URLSearchParams, name: string, value: string): URLSearchParams => {
  const changed = new URLSearchParams(fields);
  changed.set(name, value);
  return changed;
};

const forms = await everyForm();
const stranger = new HttpBrowser(issuer);
const foreignCsrf = (await stranger.open('/bind')).form('user_code').filled({}).get('csrf') ?? '';

/** What a page of another site, or a changed page of ours, can make a browser send. */
// biome-ignore format: a table is read by its columns
const FORGERIES: readonly { readonly what: string; readonly sent: (ready: Ready) => { form: URLSearchParams; headers?: Record<string, string> } }[] = [
  { what: 'without its hidden field',                  sent: ({ fields }) => ({ form: without(fields, 'csrf') }) },
  { what: 'with an empty hidden field',                sent: ({ fields }) => ({ form: withField(fields, 'csrf', '') }) },
  { what: 'with another browser’s hidden field',       sent: ({ fields }) => ({ form: withField(fields, 'csrf', foreignCsrf) }) },
  { what: 'with its hidden field cut short',           sent: ({ fields }) => ({ form: withField(fields, 'csrf', (fields.get('csrf') ?? '').slice(0, -2)) }) },
  { what: 'with the hidden field twice',               sent: ({ fields }) => ({ form: new URLSearchParams([...fields, ['csrf', fields.get('csrf') ?? '']]) }) },
  { what: 'from another origin',                       sent: ({ fields }) => ({ form: fields, headers: { origin: 'https://evil.example' } }) },
  { what: 'from an origin that begins like ours',      sent: ({ fields }) => ({ form: fields, headers: { origin: `${issuer}.evil.example` } }) },
  { what: 'from our host on another port',             sent: ({ fields }) => ({ form: fields, headers: { origin: 'http://localhost:1' } }) },
  { what: 'from a sandboxed frame (Origin: null)',     sent: ({ fields }) => ({ form: fields, headers: { origin: 'null' } }) },
  { what: 'from another site, as the browser says',    sent: ({ fields }) => ({ form: fields, headers: { 'sec-fetch-site': 'cross-site' } }) },
  { what: 'from a sibling host, as the browser says',  sent: ({ fields }) => ({ form: fields, headers: { 'sec-fetch-site': 'same-site' } }) },
];

describe('a forged form changes nothing', () => {
  for (const { what, sent } of FORGERIES) {
    test(`every form is refused ${what}`, async () => {
      const before = await snapshot();
      for (const form of forms) {
        const answer = await form.browser.send(form.form.action, sent(form));
        expect([`${form.name}: ${answer.status}`, answer.status]).toStrictEqual([
          `${form.name}: ${answer.status}`,
          403,
        ]);
        expect(answer.location).toBe(undefined);
        // The page says what to do.
        expect(answer.page.text.length).toBeGreaterThan(20);
      }
      expect(await snapshot()).toBe(before);
    });
  }

  test('every form is refused from a browser that keeps no cookies', async () => {
    const before = await snapshot();
    for (const { name, form, fields } of forms)
      expect([
        name,
        (await new HttpBrowser(issuer).send(form.action, { form: fields })).status,
      ]).toStrictEqual([name, 403]);
    expect(await snapshot()).toBe(before);
  });

  test('every form is refused as text, JSON or a file', async () => {
    const before = await snapshot();
    for (const { browser, form, fields } of forms) {
      for (const type of ['text/plain', 'application/json', 'multipart/form-data; boundary=x']) {
        const cookie = await browser.jar.getCookieString(form.action.href);
        const answer = await fetch(form.action, {
          method: 'POST',
          redirect: 'manual',
          headers: { cookie, 'content-type': type },
          body: String(fields),
        });
        expect([
          `${form.action.pathname} ${type}: ${answer.status}`,
          answer.status >= 400 && answer.status < 500,
        ]).toStrictEqual([`${form.action.pathname} ${type}: ${answer.status}`, true]);
      }
    }
    expect(await snapshot()).toBe(before);
  });

  test('every form is refused as a GET with its fields in the URL', async () => {
    const before = await snapshot();
    for (const { browser, form, fields } of forms) {
      const url = new URL(form.action);
      url.search = String(fields);
      await browser.send(url);
      await browser.send(url, { method: 'HEAD' });
    }
    expect(await snapshot()).toBe(before);
  });

  test('a body that is cut off or has a wrong length changes nothing', async () => {
    const before = await snapshot();
    const [{ form, fields, browser }] = forms as [Ready];
    const cookie = await browser.jar.getCookieString(form.action.href);
    await new Promise<void>((resolve) => {
      const sending = request(form.action, {
        method: 'POST',
        headers: {
          cookie,
          'content-type': 'application/x-www-form-urlencoded',
          'content-length': '500',
        },
      });
      sending.on('error', () => resolve());
      sending.on('response', () => resolve());
      sending.write(String(fields).slice(0, 40));
      setTimeout(() => sending.destroy(), 50);
    });
    expect(await snapshot()).toBe(before);
  });
});

test('every valid form still does what it says', async () => {
  const [code, appSignIn, accountSignIn, , approval] = forms as [Ready, Ready, Ready, Ready, Ready];
  for (const each of [code, appSignIn, accountSignIn])
    expect([
      each.name,
      (await each.browser.send(each.form.action, { form: each.fields })).status,
    ]).toStrictEqual([each.name, 303]);
  const bound = await approval.browser.go(approval.form.action, { form: approval.fields });
  expect(bound.status).toBe(200);
});

describe('a replayed form', () => {
  test('an approval that is sent again shows the same result and binds once [R7]', async () => {
    const [primary, sub] = (await makeFamily(bindery.db, 2)) as [string, string];
    const offered = await offer(app, primary);
    const browser = new HttpBrowser(issuer);
    const form = (await arrive(browser, offered.code, sub)).form('decision', 'approve');
    const fields = form.filled({ decision: 'approve' });
    const first = await browser.go(form.action, { form: fields });
    const before = await snapshot();
    const again = await browser.go(form.action, { form: fields });
    expect([first.status, again.status]).toStrictEqual([200, 409]);
    const turned = await browser.go(form.action, { form: withField(fields, 'decision', 'refuse') });
    // A refusal that comes later undoes nothing.
    expect(turned.status).toBe(409);
    expect(await snapshot()).toBe(before);
    expect((await app.redeem(offered.handle)).status).toBe(200);
  });

  test('a consent that is sent again shows the same page and makes no second code', async () => {
    const [primary] = (await makeFamily(bindery.db, 1)) as [string];
    const browser = new HttpBrowser(issuer);
    const consent = await signIn(
      browser,
      await browser.open((await app.start(details())).url),
      primary,
    );
    const form = consent.form('decision', 'approve');
    const fields = form.filled({ decision: 'approve' });
    const first = await browser.go(form.action, { form: fields });
    const before = await snapshot();
    const again = await browser.go(form.action, { form: fields });
    expect(again.page.textOfId('user-code')).toBe(first.page.textOfId('user-code'));
    expect(await snapshot()).toBe(before);
  });

  test('a code form that is sent again after the binding opens nothing', async () => {
    const [primary, sub] = (await makeFamily(bindery.db, 2)) as [string, string];
    const offered = await offer(app, primary);
    const browser = new HttpBrowser(issuer);
    const form = (await browser.open('/bind')).form('user_code');
    const fields = form.filled({ user_code: offered.code });
    const page = (await browser.go(form.action, { form: fields })).page;
    await decide(browser, await signIn(browser, page, sub));
    expect((await browser.go(form.action, { form: fields })).status).toBe(422);
  });

  test('a decision without a valid answer or account decides nothing', async () => {
    const [primary, sub] = (await makeFamily(bindery.db, 2)) as [string, string];
    const offered = await offer(app, primary);
    const browser = new HttpBrowser(issuer);
    const form = (await arrive(browser, offered.code, sub)).form('decision', 'approve');
    const fields = form.filled({ decision: 'approve' });
    const before = await snapshot();
    for (const bad of [
      withField(fields, 'decision', 'maybe'),
      without(fields, 'decision'),
      new URLSearchParams([...fields, ['decision', 'refuse']]),
    ]) {
      expect((await browser.send(form.action, { form: bad })).status).toBe(400);
    }
    for (const bad of [
      without(fields, 'account'),
      withField(fields, 'account', 'acc_0000000000000000000000'),
    ]) {
      expect((await browser.send(form.action, { form: bad })).status).toBe(409);
    }
    expect(await snapshot()).toBe(before);
    await decide(browser, await browser.open(form.action.pathname.replace('/decision', '')));
    expect((await app.redeem(offered.handle)).status).toBe(200);
  });
});

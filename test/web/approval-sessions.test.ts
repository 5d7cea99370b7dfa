import { describe, expect, test } from '@jest/globals';
import { newId } from '../../src/kernel/ids.ts';
import { csrfOf, startApprovalServer, submit } from '../fixtures/approval.ts';
import { decide, PASSWORD, signIn } from '../support/journeys.ts';
import { withoutReference } from '../support/references.ts';

const { somebody, begin, offer, arrive, primary, second } = await startApprovalServer();

describe('an approval session belongs to one browser', () => {
  test('unknown, malformed and foreign approval sessions get the same answer', async () => {
    const { at } = await offer();
    const stranger = somebody();
    const seen = new Set<string>();
    for (const path of [
      at,
      `/bind/s/${newId('sit')}`,
      '/bind/s/x',
      '/bind/s/%00',
      '/bind/s/..%2f..',
      `/bind/s/${'a'.repeat(5000)}`,
    ]) {
      const { status, page } = await stranger.send(path);
      expect([path, status]).toStrictEqual([path, 404]);
      seen.add(withoutReference(page));
    }
    expect(seen.size).toBe(1);
    expect([...seen].join()).toMatch(/This binding page does not open here/);
  });

  test('another browser can neither read nor use an approval session', async () => {
    const { at } = await offer();
    const stranger = somebody();
    const csrf = csrfOf(await stranger.open('/bind'));
    expect((await stranger.send(`${at}/status`)).status).toBe(404);
    for (const step of ['login', 'decision', 'code']) {
      const form = { csrf, decision: 'approve', login: primary, password: PASSWORD };
      expect([step, (await stranger.send(`${at}/${step}`, { form })).status]).toStrictEqual([
        step,
        404,
      ]);
    }
  });

  for (const path of [
    '/bind/q/x',
    `/bind/q/${'A'.repeat(43)}`,
    '/bind/start/x',
    `/bind/start/${'A'.repeat(43)}`,
    '/bind/q/%00',
  ]) {
    test(`an invalid link says what to do: ${path.slice(0, 40)}`, async () => {
      const { status, html } = await somebody().send(path);
      expect(status).toBe(410);
      expect(html).toMatch(/href="\/bind"/);
    });
  }
});

describe('repeated and conflicting answers', () => {
  test('a page that shows another account than the session’s binds nothing', async () => {
    const { link } = await offer();
    const counterparty = somebody();
    const stale = await arrive(counterparty, link);
    const at = stale.url.pathname;
    await signIn(counterparty, await counterparty.open(`${at}?switch`), second);
    const answer = await submit(counterparty, stale, { decision: 'approve' });
    expect(answer.status).toBe(409);
    expect(answer.page.text).toMatch(/That page showed another account/);
    expect((await counterparty.open(at)).text).toMatch(new RegExp(`@${second}`));
  });

  test('a form that is sent twice counts once, and the second sees the outcome', async () => {
    const { link } = await offer();
    const counterparty = somebody();
    const page = await arrive(counterparty, link);
    const answers = await Promise.all(
      [1, 2].map(() => submit(counterparty, page, { decision: 'refuse' })),
    );
    expect(answers.map(({ status }) => status).sort()).toStrictEqual([303, 409]);
    const late = await submit(counterparty, page, { decision: 'approve' });
    expect(late.status).toBe(409);
    expect(late.page.text).toMatch(/No binding was made.*already has an outcome/);
  });

  test('a consent that is sent twice makes one code', async () => {
    const browser = somebody();
    const page = await begin(browser);
    const answers = await Promise.all(
      [1, 2].map(() => submit(browser, page, { decision: 'approve' })),
    );
    expect(answers.every(({ status }) => status === 303)).toBe(true);
    expect((await browser.open(page.url)).has('user-code')).toBe(true);
  });

  test('a decision that is neither yes nor no is refused', async () => {
    const browser = somebody();
    expect((await submit(browser, await begin(browser), { decision: 'maybe' })).status).toBe(400);
  });

  test('an initiator who refuses at consent gets no code', async () => {
    const browser = somebody();
    const page = await decide(browser, await begin(browser), 'refuse');
    expect(page.text).toMatch(/No binding was made/);
    expect(page.has('user-code')).toBe(false);
  });

  test('the address of a posted form leads back to its page, in either language', async () => {
    const { at } = await offer();
    for (const step of ['login', 'decision', 'code']) {
      expect((await somebody().send(`${at}/${step}?lang=en`)).location?.pathname).toBe(at);
    }
  });

  test('a link that is opened twice gives two approval sessions of one request', async () => {
    const { link } = await offer();
    const counterparty = somebody();
    const [first, again] = [
      await arrive(counterparty, link),
      await arrive(counterparty, link, second),
    ];
    expect(first.url.pathname).not.toBe(again.url.pathname);
    expect((await submit(counterparty, first, { decision: 'refuse' })).status).toBe(303);
    expect((await submit(counterparty, again, { decision: 'approve' })).status).toBe(409);
  });
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { newId } from '../../src/kernel/ids.ts';
import { decide, PASSWORD, signIn } from '../support/journeys.ts';
import { withoutReference } from '../support/references.ts';
import { csrfOf, startStand, submit } from './stand.ts';

const { somebody, begin, offer, arrive, primary, second } = await startStand();

describe('an approval session belongs to one browser', () => {
  test('unknown, malformed and other people’s approval sessions look the same', async () => {
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
      assert.equal(status, 404, path);
      seen.add(withoutReference(page));
    }
    assert.equal(seen.size, 1);
    assert.match([...seen].join(), /This binding page does not open here/);
  });

  test('another browser can neither ask after it nor press its buttons', async () => {
    const { at } = await offer();
    const stranger = somebody();
    const csrf = csrfOf(await stranger.open('/bind'));
    assert.equal((await stranger.send(`${at}/status`)).status, 404);
    for (const step of ['login', 'decision', 'code']) {
      const form = { csrf, decision: 'approve', login: primary, password: PASSWORD };
      assert.equal((await stranger.send(`${at}/${step}`, { form })).status, 404, step);
    }
  });

  for (const path of [
    '/bind/q/x',
    `/bind/q/${'A'.repeat(43)}`,
    '/bind/start/x',
    `/bind/start/${'A'.repeat(43)}`,
    '/bind/q/%00',
  ]) {
    test(`a link that leads nowhere says what to do: ${path}`, async () => {
      const { status, html } = await somebody().send(path);
      assert.equal(status, 410);
      assert.match(html, /href="\/bind"/);
    });
  }
});

describe('one page, one decision', () => {
  test('two tabs with two accounts: the page approved is the one bound, or nothing is', async () => {
    const { link } = await offer();
    const counterparty = somebody();
    const stale = await arrive(counterparty, link);
    const at = stale.url.pathname;
    await signIn(counterparty, await counterparty.open(`${at}?switch`), second);
    const answer = await submit(counterparty, stale, { decision: 'approve' });
    assert.equal(answer.status, 409);
    assert.match(answer.page.text, /That page showed another account/);
    assert.match((await counterparty.open(at)).text, new RegExp(`@${second}`));
  });

  test('a form sent twice is carried out once, and the second is told how things stand', async () => {
    const { link } = await offer();
    const counterparty = somebody();
    const page = await arrive(counterparty, link);
    const answers = await Promise.all(
      [1, 2].map(() => submit(counterparty, page, { decision: 'refuse' })),
    );
    assert.deepEqual(answers.map(({ status }) => status).sort(), [303, 409]);
    const late = await submit(counterparty, page, { decision: 'approve' });
    assert.equal(late.status, 409);
    assert.match(late.page.text, /No binding was made.*already has an outcome/);
  });

  test('consent sent twice makes one code', async () => {
    const surfer = somebody();
    const page = await begin(surfer);
    const answers = await Promise.all(
      [1, 2].map(() => submit(surfer, page, { decision: 'approve' })),
    );
    assert.ok(answers.every(({ status }) => status === 303));
    assert.ok((await surfer.open(page.url)).has('user-code'));
  });

  test('a decision that is neither yes nor no is no decision', async () => {
    const surfer = somebody();
    assert.equal((await submit(surfer, await begin(surfer), { decision: 'maybe' })).status, 400);
  });

  test('a initiator who refuses at consent has offered nothing', async () => {
    const surfer = somebody();
    const page = await decide(surfer, await begin(surfer), 'refuse');
    assert.match(page.text, /No binding was made/);
    assert.equal(page.has('user-code'), false);
  });

  test('what a form answered can be reloaded, or read in the other language', async () => {
    const { at } = await offer();
    for (const step of ['login', 'decision', 'code']) {
      assert.equal((await somebody().send(`${at}/${step}?lang=en`)).location?.pathname, at);
    }
  });

  test('a link that was followed twice makes two approval sessions of one request', async () => {
    const { link } = await offer();
    const counterparty = somebody();
    const [first, again] = [
      await arrive(counterparty, link),
      await arrive(counterparty, link, second),
    ];
    assert.notEqual(first.url.pathname, again.url.pathname);
    assert.equal((await submit(counterparty, first, { decision: 'refuse' })).status, 303);
    assert.equal((await submit(counterparty, again, { decision: 'approve' })).status, 409);
  });
});

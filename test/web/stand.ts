import type { Page } from '../../examples/demo/page.ts';
import { web } from '../support/apps.ts';
import { makeFamily, offer as offerFor, signIn } from '../support/journeys.ts';
import { startServer } from '../support/server.ts';
import { type Answer, type Sent, Surfer } from '../support/surfer.ts';

/** A server with three verified accounts of one new owner, for tests of pages. */
export async function startStand() {
  const { issuer, bindery } = await startServer();
  const app = web(issuer);
  const [primary = '', sub = '', second = ''] = await makeFamily(bindery.db, 3);
  const somebody = (): Surfer => new Surfer(issuer);

  return {
    issuer,
    db: bindery.db,
    app,
    primary,
    sub,
    second,
    somebody,

    /** 1b, up to the initiator's consent. */
    async begin(surfer: Surfer): Promise<Page> {
      const { body } = await app.ask();
      return await signIn(surfer, await surfer.open(String(body.start_uri)), primary);
    },

    /** 1b, up to the page that shows the code. */
    async offer(
      surfer = somebody(),
    ): Promise<{ readonly at: string; readonly link: URL; readonly code: string }> {
      const { waiting, code } = await offerFor(app, primary, { surfer });
      return { at: waiting.url.pathname, link: waiting.link('other-account-here'), code };
    },

    /** The counterparty, up to its approval page. */
    async arrive(surfer: Surfer, link: URL, counterparty = sub): Promise<Page> {
      return await signIn(surfer, await surfer.open(link), counterparty);
    },
  };
}

/** Sends the form that has the first of these fields; gives its very answer, redirects included. */
export async function submit(
  surfer: Surfer,
  page: Page,
  typed: Readonly<Record<string, string>>,
  sent: Sent = {},
): Promise<Answer> {
  const [first = 'csrf'] = Object.keys(typed);
  const form = page.form(first);
  return await surfer.send(form.action, { form: form.filled(typed), ...sent });
}

/** The hidden field that every form of `page` carries. */
export function csrfOf(page: Page): string {
  return page.form('csrf').filled({}).get('csrf') ?? '';
}

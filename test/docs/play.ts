import type { Page } from '../../examples/demo/page.ts';
import type { OwnerId } from '../../src/kernel/ids.ts';
import { rememberDevice } from '../../src/risk/devices.store.ts';
import { sql } from '../../src/store/sql.ts';
import { advance } from '../support/clock.ts';
import { HttpBrowser } from '../support/http-browser.ts';
import { changeBinding, decide, signIn } from '../support/journeys.ts';
import { makeVisitor } from '../support/people.ts';
import type { TestBindery } from '../support/server.ts';
import type { Block } from './examples.ts';
import { expectText, filled, type Seen } from './likeness.ts';

/** A person of the demo world at a browser. */
interface Person {
  readonly login: string;
  readonly browser: HttpBrowser;
  page?: Page;
}

type Verb = (person: Person, ...named: readonly string[]) => Promise<Page | undefined>;

/** Plays the `people` blocks: what people do between two requests of the app, a sentence a line. */
export class Play {
  readonly #server: TestBindery;
  readonly #seen: Seen;
  readonly #people = new Map<string, Person>();
  #last: Person | undefined;

  constructor(server: TestBindery, seen: Seen) {
    this.#server = server;
    this.#seen = seen;
  }

  // biome-ignore format: a table is read by its columns
  readonly #verbs: readonly (readonly [RegExp, Verb])[] = [
    [/^opens (\S+)$/,                               ({ browser }, url) => browser.open(this.#fill(url))],
    [/^takes a device that four owners have used$/, (person) => this.#shareDevice(person)],
    [/^signs in$/,                                  (person) => signIn(person.browser, pageOf(person), person.login)],
    [/^approves$/,                                  (person) => decide(person.browser, pageOf(person), 'approve')],
    [/^refuses$/,                                   (person) => decide(person.browser, pageOf(person), 'refuse')],
    [/^is shown the code (\S+)$/,                   (person, code = '') => this.#read(person, code)],
    [/^looks again$/,                               (person) => person.browser.open(pageOf(person).link('continue'))],
    [/^types (\S+)$/,                               ({ browser, page }, code) => browser.press(pageOf({ page }).form('user_code'), { user_code: this.#fill(code) })],
    [/^is sent back to (\S+)$/,                     (person, url = '') => this.#goBack(person, url)],
    [/^(suspend|resume|end)s (\S+)$/,               ({ browser, login }, change, id) => changeBinding(browser, login, this.#fill(id), change as 'suspend')],
    [/^accepts the first case$/,                    (person) => this.#acceptCase(person)],
  ];

  async perform({ lines, line }: Block): Promise<void> {
    for (const [at, text] of lines.entries()) await this.#act(text.trim(), `line ${line + 1 + at}`);
  }

  async #act(sentence: string, where: string): Promise<void> {
    const passing = /^(\d+) minutes pass$/.exec(sentence);
    if (passing) return await advance(this.#server.managementUrl, `PT${passing[1]}M`);
    const [who = '', ...rest] = sentence.split(' ');
    const person = this.#person(who);
    for (const clause of rest.join(' ').split(/, | and /)) {
      if (clause === 'goes on in the same browser') {
        await this.#goOn(person);
        continue;
      }
      const [pattern, verb] = this.#verbs.find(([form]) => form.test(clause)) ?? [];
      if (!pattern || !verb) throw new Error(`${where}: nobody knows how somebody “${clause}”`);
      const page = await verb(person, ...(pattern.exec(clause)?.slice(1) ?? []));
      if (page) person.page = page;
      if (page && page.status >= 400)
        throw new Error(`${where}: ${who} ${clause}, and is told “${page.title}” (${page.status})`);
    }
    this.#last = person;
  }

  /** The next person uses the browser of the last one, by the link on its page. */
  async #goOn(person: Person): Promise<void> {
    const before = this.#last;
    if (!before) throw new Error('there is no browser to go on in');
    this.#people.set(person.login, Object.assign(person, { browser: before.browser }));
    person.page = await before.browser.open(pageOf(before).link('other-account-here'));
  }

  #person(login: string): Person {
    const known = this.#people.get(login) ?? {
      login,
      browser: new HttpBrowser(this.#server.issuer),
    };
    this.#people.set(login, known);
    return known;
  }

  #fill(text = ''): string {
    return filled(text, this.#seen);
  }

  async #read(person: Person, code: string): Promise<undefined> {
    expectText(
      pageOf(person).textOfId('user-code').replaceAll(' ', ''),
      code,
      this.#seen,
      'the code',
    );
  }

  async #goBack(person: Person, url: string): Promise<undefined> {
    const left = await person.browser.leave(pageOf(person).link('continue'));
    expectText(decodeURIComponent(left.href), url, this.#seen, 'where the browser is sent');
  }

  async #shareDevice({ browser }: Person): Promise<undefined> {
    await browser.open('/bind');
    const { db, secrets } = this.#server.bindery;
    const browserName = (await browser.cookie('bindery_browser')) ?? '';
    const device = secrets.hash('device', browserName).toString('base64url');
    const seen = { ...makeVisitor().device, device };
    await db.transaction(async (tx) => {
      const owners = await tx.query<{ id: OwnerId }>(
        sql`select id from owners order by id limit 4`,
      );
      for (const { id } of owners) await rememberDevice(tx, id, seen);
    });
  }

  async #acceptCase({ browser }: Person): Promise<Page> {
    const list = await browser.go('/review');
    const href = /href="(\/review\/cas_[\w-]+)"/.exec(list.html)?.[1];
    if (!href) throw new Error('no case is open');
    const form = (await browser.open(href)).form('decision', 'approve');
    const fields = form.filled({ decision: 'approve' });
    fields.set('reason', 'a tablet that the whole branch shares');
    return (await browser.go(form.action, { form: fields })).page;
  }
}

function pageOf({ page }: Pick<Person, 'page'>): Page {
  if (!page) throw new Error('nobody has opened a page there yet');
  return page;
}

import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, test } from '@jest/globals';
import { Database } from '../../src/store/database.ts';
import { type EmbeddedPostgres, startEmbedded } from '../../src/store/embedded.ts';
import { sql } from '../../src/store/sql.ts';
import { text, web } from '../support/apps.ts';
import { makeChild } from '../support/child.ts';
import { HttpBrowser } from '../support/http-browser.ts';
import { arrive, makeFamily, offer, signIn } from '../support/journeys.ts';

const child = await makeChild();
const { issuer } = child;
const folder = await mkdtemp(join(tmpdir(), 'bindery-restart-'));
await chmod(folder, 0o755); // the database user may have to enter
let postgres: EmbeddedPostgres = await startEmbedded(folder);
afterAll(async () => {
  await postgres.stop();
  await rm(folder, { recursive: true, force: true });
});
await child.start({ DATABASE_URL: postgres.url, DATA_DIR: join(folder, 'server') });
const app = web(issuer);

/** Runs `work` on its own connection, so that none is open when PostgreSQL stops. */
async function withDb<T>(work: (db: Database) => Promise<T>): Promise<T> {
  const db = new Database(postgres.url, { max: 2 });
  try {
    return await work(db);
  } finally {
    await db.close();
  }
}

/** Resolves when PostgreSQL accepts connections, for example after a crash. */
async function recovered(): Promise<void> {
  while (
    !(await withDb(async (db) => await db.ping()).then(
      () => true,
      () => false,
    ))
  )
    await sleep(50);
}

/** Terminates all backends of the server and stops PostgreSQL, then starts it again. */
async function restart(): Promise<void> {
  await recovered();
  await postgres.stop();
  await sleep(200);
  postgres = await startEmbedded(folder);
}

/** Kills one backend: PostgreSQL ends all others and recovers from its log. */
async function crash(): Promise<void> {
  for (const until = Date.now() + 10_000; Date.now() < until; ) {
    const looked = withDb(
      async (db) =>
        await db.query<{ pid: number }>(
          sql`select pid from pg_stat_activity where application_name = 'bindery' limit 1`,
        ),
    );
    const [row] = await looked.catch(() => []); // it may still recover from the last crash
    if (row) return void process.kill(row.pid, 'SIGKILL');
    await sleep(50);
  }
  throw new Error('the server has no connection to kill');
}

interface Told {
  readonly status: number;
}

/** The statuses that the server may answer without its database, and those it did answer. */
const statuses = new Map<number, number>();
async function told<T extends Told>(sent: Promise<T>): Promise<T | undefined> {
  const answer = await sent;
  statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
  return answer.status === 503 ? undefined : answer;
}

async function makeRefreshToken(login: string): Promise<string> {
  const browser = new HttpBrowser(issuer);
  const started = await app.start();
  const form = (await signIn(browser, await browser.open(started.url), login)).form(
    'decision',
    'approve',
  );
  const { location } = await browser.go(form.action, {
    form: form.filled({ decision: 'approve' }),
  });
  return text((await app.exchange(location as URL, started)).body, 'refresh_token');
}

describe('PostgreSQL restarts under load', () => {
  test('nothing that was answered is lost when PostgreSQL restarts under load', async () => {
    const families = await withDb(
      async (db) =>
        await Promise.all(
          Array.from({ length: 16 }, async () => (await makeFamily(db, 2)) as [string, string]),
        ),
    );
    const approvals = await Promise.all(
      families.map(async ([primary, sub]) => {
        const offered = await offer(app, primary);
        const browser = new HttpBrowser(issuer);
        return {
          offered,
          browser,
          form: (await arrive(browser, offered.code, sub)).form('decision', 'approve'),
        };
      }),
    );
    const chains = await Promise.all(
      families.slice(0, 3).map(async ([primary]) => await makeRefreshToken(primary)),
    );

    let over = false;
    const handles: string[] = [];
    /** An app that asks for bindings. The handle of each 200 must belong to a stored request. */
    const ask = async (): Promise<void> => {
      while (!over) {
        const answer = await told(app.ask());
        if (answer) handles.push(text(answer.body, 'binding_request'));
        else await sleep(20);
      }
    };
    let rotations = 0;
    let chainsAlive = chains.length;
    /**
     * An app that refreshes. A token from a 200 works, unless an earlier use had no clear answer.
     */
    const refresh = async (first: string): Promise<string> => {
      let token = first;
      let doubtful = false;
      while (!over) {
        const answer = await told(
          app.post('/token', { grant_type: 'refresh_token', refresh_token: token }),
        );
        if (!answer) {
          doubtful = true;
          await sleep(20);
        } else if (answer.status === 200) {
          token = text(answer.body, 'refresh_token');
          doubtful = false;
          rotations += 1;
        } else {
          expect([
            `a token that was given with a 200 is ${JSON.stringify(answer.body)}`,
            doubtful,
          ]).toStrictEqual([
            `a token that was given with a 200 is ${JSON.stringify(answer.body)}`,
            true,
          ]);
          chainsAlive -= 1;
          return '';
        }
      }
      return token;
    };
    let bound = 0;
    /** People who approve, and try again if the page says so. */
    const approve = async (mine: typeof approvals): Promise<void> => {
      for (const { browser, form } of mine) {
        for (;;) {
          const answer = await told(
            browser.go(form.action, { form: form.filled({ decision: 'approve' }) }),
          );
          if (answer) {
            // 409: the last approval was stored, and only its answer was lost.
            expect([
              `${answer.status} ${answer.page.title}`,
              [200, 409].includes(answer.status),
            ]).toStrictEqual([`${answer.status} ${answer.page.title}`, true]);
            bound += 1;
            break;
          }
          await sleep(50);
        }
        await sleep(250);
      }
    };
    /** The load is an amount of work, not a time, so that a busy machine does the same. */
    const load = async (): Promise<void> => {
      const [asked, rotated] = [handles.length + 15, rotations + 8];
      for (let round = 0; round < 1_200; round += 1) {
        if (handles.length >= asked && (rotations >= rotated || chainsAlive === 0)) return;
        await sleep(50);
      }
      throw new Error(`no load: ${handles.length} requests, ${rotations} rotations`);
    };
    const disturb = async (): Promise<void> => {
      try {
        for (const disaster of [restart, crash, restart]) {
          await load();
          await disaster();
        }
        await load();
      } finally {
        over = true;
      }
    };
    const people = [approve(approvals.slice(0, 8)), approve(approvals.slice(8))];
    const disturbing = disturb();
    const [tokens] = await Promise.all([
      Promise.all(chains.map(refresh)),
      ask(),
      ask(),
      disturbing,
      ...people,
    ]).finally(
      async () => await disturbing.catch(() => {}), // PostgreSQL runs again, even after a failure
    );

    const seen = JSON.stringify(Object.fromEntries(statuses));
    expect([
      seen,
      [...statuses.keys()].every((status) => [200, 400, 409, 503].includes(status)),
    ]).toStrictEqual([seen, true]);
    expect([`the outage was felt: ${seen}`, (statuses.get(503) ?? 0) > 0]).toStrictEqual([
      `the outage was felt: ${seen}`,
      true,
    ]);
    expect(bound).toBe(16);

    for (const handle of handles) {
      const { body } = await app.redeem(handle);
      // Each handle from a 200 belongs to a request.
      expect(body.error).toBe('authorization_pending');
    }
    for (const token of tokens.filter((each) => each !== ''))
      expect((await app.introspect(token)).active).toBe(true);
    for (const { offered } of approvals)
      expect((await app.redeem(offered.handle)).status).toBe(200);
    const [row] = await withDb(
      async (db) =>
        await db.query<{ bindings: number; events: number }>(sql`
          select (select count(*) from bindings b join accounts a on a.id = b.primary_id where a.login = any(${families.map(([primary]) => primary)}))::int as bindings,
                 (select count(*) from events where type = 'urn:bindery:event:binding-established')::int as events`),
    );
    // Each pair is bound once, with one event.
    expect(row).toStrictEqual({ bindings: 16, events: 16 });
  });

  test('without PostgreSQL, pages and APIs answer 503 and health is not ready', async () => {
    const offered = await offer(
      app,
      ((await withDb(async (db) => await makeFamily(db, 1))) as [string])[0],
    );
    const browser = new HttpBrowser(issuer);
    const form = (await browser.open('/bind')).form('user_code');
    await postgres.stop();
    try {
      const page = await browser.send(form.action, {
        form: form.filled({ user_code: offered.code }),
      });
      expect(page.status).toBe(503);
      expect(Number(page.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(page.page.text.length).toBeGreaterThan(50);
      // The page tells nothing of the inside.
      expect(page.html).not.toMatch(/ECONN|ENOENT|socket|postgres|\.ts:/i);
      const program = await app.redeem(offered.handle);
      expect([program.status, program.body.error]).toStrictEqual([503, 'temporarily_unavailable']);
      expect(Number(program.headers.get('retry-after'))).toBeGreaterThan(0);
      expect((await fetch(`${child.managementUrl}/health/ready`)).status).toBe(503);
      expect((await fetch(`${child.managementUrl}/health/live`)).status).toBe(200);
      for (const path of ['/.well-known/openid-configuration', '/jwks', '/', '/bind'])
        expect([path, (await fetch(`${issuer}${path}`)).status]).toStrictEqual([path, 200]);
    } finally {
      postgres = await startEmbedded(folder);
    }
    const again = await browser.go(form.action, { form: form.filled({ user_code: offered.code }) });
    expect([
      `the code still works: ${again.status} ${again.page.title}`,
      again.page.hasForm('login'),
    ]).toStrictEqual([`the code still works: ${again.status} ${again.page.title}`, true]);
    expect((await fetch(`${child.managementUrl}/health/ready`)).status).toBe(200);
  });
});

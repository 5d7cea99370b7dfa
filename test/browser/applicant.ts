import { expect } from '@jest/globals';
import { EVIDENCE, type EvidenceType } from '../../src/evidence/pieces/evidence-type.ts';
import { advanceClock } from '../../src/store/clock.store.ts';
import { sql } from '../../src/store/sql.ts';
import { makePhoto } from '../fixtures/evidence.ts';
import { processEvidence } from '../support/jobs.ts';
import type { TestBindery } from '../support/server.ts';
import type { Page } from './browser.ts';
import { textOf } from './pages.ts';

const PHOTO = await makePhoto();

/** Signed in, on the page that shows how far they are. */
export async function openVerification(page: Page, issuer: string): Promise<string> {
  await page.goto(`${issuer}/account/verification`);
  return await textOf(page);
}

/** Fills in who they are; the consent it needs is on the page before. */
export async function declare(
  page: Page,
  issuer: string,
  typed: Readonly<Record<string, string>>,
): Promise<void> {
  await page.goto(`${issuer}/account/verification/declare`);
  await agree(page);
  for (const [name, value] of Object.entries(typed)) await page.fill(`input[name=${name}]`, value);
  await page.click('form[action$="/declare"] button');
  expect([await textOf(page), new URL(page.url()).pathname]).toStrictEqual([
    expect.anything(),
    '/account/verification',
  ]);
}

/** Agrees where a consent is asked for. */
async function agree(page: Page): Promise<void> {
  if ((await page.locator('form[action$="/consent"]').count()) > 0)
    await page.click('button[value=approve]');
}

/** Opens the page of a piece, agrees where asked, brings its photos. */
export async function bring(
  page: Page,
  issuer: string,
  type: EvidenceType,
  { until = '' } = {},
): Promise<void> {
  await page.goto(`${issuer}/account/verification/${type}`);
  await agree(page);
  if (EVIDENCE[type].documents > 0) await choose(page, PHOTO);
  if (until !== '') await page.fill('input[name=valid_until]', until);
  await page.click(`form[action$="/${type}"] button`);
}

/** Puts a file into every field for one. */
export async function choose(page: Page, bytes: Buffer, name = 'photo.jpg'): Promise<void> {
  for (const input of await page.locator('input[type=file]').all()) {
    await input.setInputFiles({ name, mimeType: 'image/jpeg', buffer: bytes });
  }
}

/** The word beside a step. */
export async function stateOf(page: Page, step: EvidenceType): Promise<string> {
  return await textOf(page, `#step-${step} .head .state`);
}

/** Providers answer whatever they were asked, as the job and they would in an hour or so; `away` looks elsewhere meanwhile. */
export async function waitForProviders(
  { bindery: { db, evidence } }: TestBindery,
  away?: Page,
): Promise<void> {
  await away?.goto('about:blank'); // or it would move on by itself, under the feet of the test
  for (let round = 0; round < 60; round += 1) {
    await processEvidence(evidence, () => {});
    await evidence.sandbox?.idle();
    const [waiting] = await db.query<{ count: number }>(
      sql`select count(*)::int as count from evidence where next_try_at is not null`,
    );
    if (waiting?.count === 0) return;
    await advanceClock(db, 'PT15M');
  }
  throw new Error('the providers have not answered');
}

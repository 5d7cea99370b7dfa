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

/** Opens the overview of the verification; gives its text. */
export async function openVerification(page: Page, issuer: string): Promise<string> {
  await page.goto(`${issuer}/account/verification`);
  return await textOf(page);
}

/** Gives the consent, then fills in the declaration. */
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

/** Gives a consent if the page asks for one. */
async function agree(page: Page): Promise<void> {
  if ((await page.locator('form[action$="/consent"]').count()) > 0)
    await page.click('button[value=approve]');
}

/** Opens the page of a piece, gives the consent if asked, and uploads its photos. */
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

/** Puts a file into every file field. */
export async function choose(page: Page, bytes: Buffer, name = 'photo.jpg'): Promise<void> {
  for (const input of await page.locator('input[type=file]').all()) {
    await input.setInputFiles({ name, mimeType: 'image/jpeg', buffer: bytes });
  }
}

/** The state that the overview shows for a step. */
export async function stateOf(page: Page, step: EvidenceType): Promise<string> {
  return await textOf(page, `#step-${step} .head .state`);
}

/** Lets the providers answer all submissions; `away` is a page that is blank meanwhile. */
export async function waitForProviders(
  { bindery: { db, evidence } }: TestBindery,
  away?: Page,
): Promise<void> {
  await away?.goto('about:blank'); // else it goes on by itself during the test
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

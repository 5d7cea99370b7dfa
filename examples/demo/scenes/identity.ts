import { Browser } from '../browser.ts';
import type { Page } from '../page.ts';
import { disguisedProgram, photo } from '../papers.ts';
import { printNote, printStep } from '../print.ts';
import { Applicant, deleteData, isVerified, status, VERIFIED } from '../verification.ts';
import type { Scene, World } from '../world.ts';

export const UNVERIFIED = 'sunli';

/** Fictional: the check digit is right, but the region 999999 does not exist (GB/T 2260). */
export const SUNLI = { name: '孙丽蓉', number: '999999199511240161' } as const;
const WRONG_DIGIT = '999999199511240163';

/** In the order in which a person submits them (R3). */
// biome-ignore format: a table is read by its columns
const PAPERS = [
  { type: 'id_front',   file: 'card-front.jpg', hue: '#cfe0ee', typed: {} },
  { type: 'id_back',    file: 'card-back.jpg',  hue: '#e6efe0', typed: { valid_until: '2041-11-23' } },
  { type: 'face_match', file: 'selfie.jpg',     hue: '#f0d9c8', typed: {} },
] as const;

export const identity: Scene = {
  title: 'Who is behind an account: sunli proves it',
  about:
    'Consent, a name and a number, both sides of the ID card, a face; a provider checks each. Then she has it all forgotten again.',
  shows: ['R3'],
  async play(world) {
    const sunli = new Applicant(
      new Browser(`${UNVERIFIED}'s phone`, world.issuer, 'iphone'),
      UNVERIFIED,
    );
    await declare(world, sunli);
    await refuseProgram(world, sunli);
    await bringPapers(world, sunli);
    await forget(world, sunli);
  },
};

async function declare({ report }: World, sunli: Applicant): Promise<void> {
  printStep(
    'She opens the verification page, reads the separate consent, and says who she is; with a slip in the number first',
  );
  const start = await sunli.open();
  report.check(
    'R3',
    'an account that nobody has proven anything about is not verified',
    !isVerified(start),
    status(start),
  );
  const slip = await sunli.declare({ name: SUNLI.name, number: WRONG_DIGIT });
  report.check(
    'R3',
    'a number with a wrong check digit is not taken',
    slip.status >= 400 && slip.hasForm('number'),
    slip.title,
  );
  report.check('R3', 'and is not written on the page again', !holds(slip, WRONG_DIGIT), slip.title);
  const declared = await sunli.declare(SUNLI);
  report.check(
    'R3',
    'what she brings is asked for, and her number is shown to nobody, not even her',
    !holds(declared, SUNLI.number),
  );
}

async function refuseProgram({ report }: World, sunli: Applicant): Promise<void> {
  printStep('A program that calls itself card-front.jpg is brought instead of a photo');
  const refused = await sunli.bring('id_front', [disguisedProgram('card-front.jpg')]);
  report.check(
    'R3',
    'a file is what it holds, not what it is called: refused',
    refused.status >= 400 && refused.hasForm('documents'),
    refused.title,
  );
}

async function bringPapers({ report }: World, sunli: Applicant): Promise<void> {
  for (const { type, file, hue, typed } of PAPERS) {
    printStep(`She brings ${type}`);
    const page = await sunli.bring(type, [await photo(file, hue)], typed);
    printNote(`the page says “${page.title}”`);
    const missing = type !== 'face_match';
    if (missing) report.check('R3', `${type} is not enough`, !isVerified(await sunli.open()));
  }
  const separate = sunli.consents.length;
  report.check(
    'R3',
    'the face was asked for by a consent of its own, beside that for the card',
    separate === 2,
    sunli.consents,
  );
  printStep('A provider looks at each of the three; she looks at the page again');
  const verified = await sunli.waitFor(VERIFIED);
  report.check(
    'R3',
    'with both sides of the card and the face accepted she is verified',
    isVerified(verified),
    verified.text,
  );
}

/** PIPL art. 47. It also restores the demo's data. */
async function forget({ report }: World, sunli: Applicant): Promise<void> {
  printStep('She has everything deleted that tells who she is');
  await deleteData(sunli);
  const start = await sunli.open();
  report.check('R3', 'without evidence she is verified no more', !isVerified(start), status(start));
}

function holds(page: Page, number: string): boolean {
  return page.source.replaceAll(/[\s-]/g, '').includes(number);
}

import { Browser } from '../browser.ts';
import { ORDINARY_WORKING_DAYS, workingDaysAfter } from '../calendar.ts';
import { printNote, printStep } from '../print.ts';
import { Applicant, dateAfter, isVerified, status } from '../verification.ts';
import type { Scene } from '../world.ts';

const CLINIC = 'kangyi';
/** R4: the extra working days for special-industry material. */
const EXTRA = [5, 6, 7] as const;

export const clinic: Scene = {
  title: 'A clinic waits: kangyi looks when its papers will have been reviewed',
  about:
    'Special-industry material goes to people, who have 5 to 7 working days more; this demo counts them by a calendar of its own.',
  shows: ['R4'],
  async play({ report, issuer }) {
    const kangyi = new Applicant(new Browser(`${CLINIC}'s browser`, issuer), CLINIC);
    printStep('It opens its verification page');
    const page = await kangyi.open();
    report.check('R4', 'its material is being reviewed', !isVerified(page), status(page));
    const submitted = dateAfter(page.text, 'Submitted on');
    const due = dateAfter(page.text, 'Result by');
    const days =
      submitted &&
      EXTRA.map((extra) => workingDaysAfter(submitted.day, ORDINARY_WORKING_DAYS + extra));
    printNote(
      `handed in on ${submitted?.day}, due on ${due?.day}, ${due?.time}; counted here: ${days?.join(', ')}`,
    );
    report.check(
      'R4',
      'its page says by when: 5 to 7 working days after the ordinary time, at the close of business',
      due !== undefined && due.time === '6:00 PM' && days?.includes(due.day) === true,
      { submitted, due, days },
    );
  },
};

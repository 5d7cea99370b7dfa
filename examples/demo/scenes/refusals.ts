import { DpopKey, redeem, textMember } from '../app.ts';
import { Browser } from '../browser.ts';
import { bindInOneBrowser } from '../journeys/one-browser.ts';
import { answerOnAnother, startOnOneDevice } from '../journeys/two-devices.ts';
import { printStep } from '../print.ts';
import type { RequirementId } from '../report.ts';
import type { Scene, World } from '../world.ts';

/** What is refused, and the public code that the app receives. */
// biome-ignore format: a table is read by its columns
const REFUSED = [
  { id: 'R2', primary: 'chenwei', sub: 'chenwei-4', refusal: 'limit_reached', says: 'a fourth sub-account of a personal primary is refused: limit_reached' },
  { id: 'R1', primary: 'linxiao', sub: 'sunli',     refusal: 'not_verified',  says: 'an account that is not real-name verified is refused: not_verified' },
] as const satisfies readonly { id: RequirementId; primary: string; sub: string; refusal: string; says: string }[];

export const refusals: Scene = {
  title: 'What is refused',
  about:
    'Both sides agree, and the policy still says no. The app learns a public code, never the details (docs/protocol.md#refusals).',
  shows: ['R1', 'R2'],
  async play(world) {
    await refuseStranger(world);
    for (const refused of REFUSED) {
      const key = await DpopKey.make();
      const started = await startOnOneDevice(
        world.phone,
        key,
        new Browser('first device', world.issuer, 'windows'),
        refused.primary,
      );
      await answerOnAnother(
        started,
        new Browser('second device', world.issuer, 'iphone'),
        refused.sub,
      );
      const { status, body } = await redeem(world.phone, started.handle, key);
      const told =
        status === 400 && body.error === 'access_denied' && body.refusal === refused.refusal;
      world.report.check(refused.id, refused.says, told, body);
    }
  },
};

/**
 * In one browser the app is called back even after a refusal. It learns the result when it redeems.
 */
async function refuseStranger(world: World): Promise<void> {
  const { detail } = await bindInOneBrowser(world, new Browser('browser', world.issuer), [
    'linxiao',
    'zhaomin',
  ]);
  printStep('The app redeems, and learns that it was refused');
  const { status, body } = await redeem(world.web, textMember(detail, 'binding_request'));
  const told =
    status === 400 && body.error === 'access_denied' && body.refusal === 'different_owner';
  world.report.check('R1', "another person's account is refused: different_owner", told, body);
}

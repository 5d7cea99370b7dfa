import { DpopKey, redeem, textMember } from '../app.ts';
import { Browser } from '../browser.ts';
import { answerOnAnother, confirmAtStart, startOnOneDevice } from '../journeys/two-devices.ts';
import { changeBinding } from '../people.ts';
import { printStep } from '../print.ts';
import { RelyingParty } from '../relying-party.ts';
import type { Scene } from '../world.ts';
import { checkToken } from './binding-token.ts';

const PRIMARY = 'meizhuang';
const SUB = 'mz-09';

export const enterprise: Scene = {
  title: 'An organisation: meizhuang binds mz-09',
  about:
    'For enterprise accounts the pack asks the initiator for a last confirmation, once it is known who answered (docs/protocol.md#approval).',
  shows: ['R1', 'R6'],
  async play(world) {
    const { report, phone, issuer } = world;
    const key = await DpopKey.make();
    const started = await startOnOneDevice(
      phone,
      key,
      new Browser('first device', issuer, 'windows'),
      PRIMARY,
    );
    await answerOnAnother(started, new Browser('second device', issuer, 'iphone'), SUB);
    const early = await redeem(phone, started.handle, key);
    report.check(
      'R6',
      'the answer alone does not bind: still authorization_pending',
      early.body.error === 'authorization_pending',
      early.body,
    );
    const { confirmation } = await confirmAtStart(started);
    report.check(
      'R1',
      'the initiator sees which account answered before the last word',
      confirmation.text.includes(`@${SUB}`),
      confirmation.text,
    );

    const { status, body } = await redeem(phone, started.handle, key);
    report.check('R6', 'bound after the confirmation', status === 200, body);
    const itself = new RelyingParty(phone, phone.id);
    await checkToken(world, itself, {
      token: textMember(body, 'binding_token'),
      method: 'legal_entity',
      jkt: key.thumbprint,
    });

    printStep(`${PRIMARY} unbinds ${SUB}, so that the demo can be run again`);
    await changeBinding(new Browser(`${PRIMARY}'s browser`, issuer), PRIMARY, 'end', SUB);
  },
};

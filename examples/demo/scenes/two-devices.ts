import { DpopKey, redeem, textMember } from '../app.ts';
import { Browser, DEVICES } from '../browser.ts';
import { answerOnAnother, startOnOneDevice, type TwoDevices } from '../journeys/two-devices.ts';
import { changeBinding } from '../people.ts';
import { printStep } from '../print.ts';
import { RelyingParty } from '../relying-party.ts';
import type { Scene, World } from '../world.ts';
import { checkToken } from './binding-token.ts';
import { failToUnbind } from './endings.ts';

const PRIMARY = 'linxiao';
const SUB = 'linxiao-draws';

export const twoDevices: Scene = {
  title: 'Two devices: linxiao binds linxiao-draws from a phone app',
  about:
    'The app has screens of its own: it asks over the back channel and polls, as in the device flow (docs/protocol.md#back-channel, RFC 8628, RFC 9449).',
  shows: ['R1', 'R6', 'R7', 'R10', 'R16', 'R18', 'R25'],
  async play(world) {
    const { report, phone, issuer } = world;
    const key = await DpopKey.make();
    const started = await startOnOneDevice(
      phone,
      key,
      new Browser('first device', issuer, 'windows'),
      PRIMARY,
    );
    await pollTooFast(world, started);

    const second = new Browser('second device', issuer, 'iphone');
    const { approval } = await answerOnAnother(started, second, SUB);
    const names = DEVICES.windows.names.every((name) => approval.text.includes(name));
    report.check(
      'R10',
      `the second device is told which device started it (${DEVICES.windows.names.join(' on ')})`,
      names,
      approval.text,
    );

    printStep('Somebody types the same code again');
    const third = new Browser('third device', issuer, 'iphone');
    const form = await third.open('/bind');
    const again = await third.press(form.form('user_code'), {
      user_code: started.here.page.textOfId('user-code'),
    });
    report.check(
      'R7',
      'a code works once: typed again it leads nowhere',
      again.status >= 400 && !again.hasForm('login'),
      again.title,
    );

    printStep('The app asks once more; now with its answer, the token');
    const { status, body } = await redeem(phone, started.handle, key);
    report.check('R6', 'bound: the app that polled gets the binding token', status === 200, body);
    const itself = new RelyingParty(phone, phone.id);
    await checkToken(world, itself, {
      token: textMember(body, 'binding_token'),
      method: 'identity_document',
      jkt: key.thumbprint,
    });

    printStep(`${PRIMARY} unbinds ${SUB}, so that the demo can be run again`);
    await changeBinding(new Browser(`${PRIMARY}'s browser`, issuer), PRIMARY, 'end', SUB);
    await failToUnbind(world, PRIMARY, 'linxiao-runs');
  },
};

async function pollTooFast({ report, phone }: World, { handle, key }: TwoDevices): Promise<void> {
  printStep(
    'Meanwhile the app polls: once, at once again, and then somebody else with another key',
  );
  const pending = await redeem(phone, handle, key);
  report.check(
    'R6',
    'authorization_pending while the other side has not answered',
    pending.body.error === 'authorization_pending',
    pending.body,
  );
  const tooFast = await redeem(phone, handle, key);
  report.check(
    'R6',
    'slow_down for an app that asks faster than it was told',
    tooFast.body.error === 'slow_down',
    tooFast.body,
  );
  const stolen = await redeem(phone, handle, await DpopKey.make());
  report.check(
    'R6',
    'invalid_grant for another DPoP key',
    stolen.status === 400 && stolen.body.error === 'invalid_grant',
    stolen.body,
  );
}

import * as oidc from 'openid-client';
import { DpopKey, redeem, textMember } from '../app.ts';
import { Browser, DEVICES } from '../browser.ts';
import { bindInOneBrowser, type OneBrowser } from '../journeys/one-browser.ts';
import { printStep } from '../print.ts';
import { RelyingParty } from '../relying-party.ts';
import { type Scene, SERVICE, type World } from '../world.ts';
import { checkToken } from './binding-token.ts';
import { pullTheBrake, unbind } from './endings.ts';

const PRIMARY = 'linxiao';
const SUB = 'linxiao-reads';

export const oneBrowser: Scene = {
  title: 'One browser: linxiao binds linxiao-reads',
  about:
    'An ordinary code flow carries the wish; the second account signs in in the same browser (docs/protocol.md#browser-flow).',
  shows: ['R1', 'R6', 'R7', 'R10', 'R16', 'R18', 'R25', 'R26', 'R28'],
  async play(world) {
    const browser = new Browser('browser', world.issuer);
    const walked = await bindInOneBrowser(world, browser, [PRIMARY, SUB]);
    checkPages(world, browser, walked);
    checkCallback(world, walked);
    const token = await redeemOnce(world, textMember(walked.detail, 'binding_request'));
    const service = new RelyingParty(world.service, SERVICE);
    const claims = await checkToken(world, service, {
      token,
      idToken: walked.tokens.id_token,
      method: 'identity_document',
    });
    await introspect(world, token, claims.binding.id);
    await pullTheBrake(world, service, { claims, token, primary: PRIMARY, sub: SUB });
    await unbind(world, service, { claims, token, primary: PRIMARY, sub: SUB });
  },
};

function checkPages({ report }: World, browser: Browser, { waiting, approval }: OneBrowser): void {
  const code = waiting.textOfId('user-code');
  report.check(
    'R7',
    'the code is 16 digits, shown in four groups of four',
    /^\d{4} \d{4} \d{4} \d{4}$/.test(code),
    code.replace(/\d/g, '#'),
  );
  const digits = code.replaceAll(' ', '');
  const leaked = browser.visited.filter((url) => url.replace(/[^\d]/g, '').includes(digits));
  report.check(
    'R7',
    'no address that the browser opened has the code in it',
    leaked.length === 0,
    `${leaked.length} addresses`,
  );
  report.check(
    'R7',
    'the page says that it is valid for 15 minutes',
    /\b15 minutes/.test(waiting.text),
    waiting.text,
  );
  const named = [PRIMARY, SUB].every((login) => approval.text.includes(`@${login}`));
  report.check(
    'R1',
    'the approval page names both accounts before anything is bound',
    named,
    approval.text,
  );
  const device = DEVICES.windows.names.every((name) => approval.text.includes(name));
  report.check(
    'R10',
    `the approval page names the initiator's device (${DEVICES.windows.names.join(' on ')})`,
    device,
    approval.text,
  );
}

function checkCallback({ report, web }: World, { callback, detail }: OneBrowser): void {
  const { issuer } = web.config.serverMetadata();
  report.check(
    'R6',
    'the app is called back with a code and the issuer (RFC 9207)',
    callback.searchParams.get('iss') === issuer,
    callback.search,
  );
  const enriched =
    detail.type === 'account_binding' &&
    detail.status === 'approved' &&
    typeof detail.binding_request === 'string';
  report.check(
    'R6',
    'the token response gives the object back with the binding request and its status',
    enriched,
    detail.status,
  );
}

/** Returns the first answer's binding token. */
async function redeemOnce({ report, web, phone }: World, handle: string): Promise<string> {
  printStep('Another app tries to redeem the binding request with a key of its own');
  const stolen = await redeem(phone, handle, await DpopKey.make());
  report.check(
    'R6',
    'another client gets invalid_grant',
    stolen.status === 400 && stolen.body.error === 'invalid_grant',
    stolen.body,
  );

  printStep('The app redeems it; then once more, as if the first answer had been lost');
  const first = await redeem(web, handle);
  const { body } = first;
  const shaped =
    body.issued_token_type === 'urn:bindery:token-type:account-binding' &&
    body.token_type === 'N_A' &&
    Number(body.expires_in) > 0;
  report.check(
    'R6',
    'the answer is a binding token that is no access token',
    first.status === 200 && shaped,
    body,
  );
  const again = await redeem(web, handle);
  const same =
    again.body.binding_id === body.binding_id && again.body.binding_token !== body.binding_token;
  report.check(
    'R6',
    'a retry within 60 s gives the same binding and a fresh token',
    again.status === 200 && same,
    again.body,
  );
  return textMember(body, 'binding_token');
}

async function introspect(
  { report, web, service }: World,
  token: string,
  bindingId: string,
): Promise<void> {
  printStep('It also asks the server directly, which answers for this very moment (RFC 7662)');
  const live = await oidc.tokenIntrospection(service.config, token);
  const binding = live.binding as { id?: unknown; state?: unknown } | undefined;
  report.check(
    'R6',
    'introspection: active, same binding',
    live.active && binding?.id === bindingId && binding.state === 'active',
    live,
  );
  const stranger = await oidc.tokenIntrospection(web.config, token);
  report.check(
    'R6',
    'an app that the token is not for learns nothing of it',
    !stranger.active && stranger.binding === undefined,
    stranger,
  );
}

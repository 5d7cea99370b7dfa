import * as oidc from 'openid-client';
import { Browser } from '../browser.ts';
import { changeBinding, changeForm, openBindings } from '../people.ts';
import { printNote, printStep } from '../print.ts';
import type { BindingClaims, RelyingParty } from '../relying-party.ts';
import type { World } from '../world.ts';

interface Bound {
  readonly claims: BindingClaims;
  readonly token: string;
  readonly primary: string;
  readonly sub: string;
}

/** R28: the sub fears a takeover, suspends the binding and later resumes it. */
export async function pullTheBrake(
  { report, issuer, service }: World,
  party: RelyingParty,
  { claims, token, primary, sub }: Bound,
): Promise<void> {
  printStep(`${sub} fears a takeover and suspends the binding at once; later it resumes it`);
  const browser = new Browser(`${sub}'s browser`, issuer, 'iphone');
  await changeBinding(browser, sub, 'suspend', primary);
  report.check(
    'R28',
    'the sub suspends: the status list says so within 5 s',
    (await party.statusWithin(claims, 'suspended')) === 'suspended',
  );
  const live = await oidc.tokenIntrospection(service.config, token);
  report.check('R28', 'introspection no longer calls the token active', !live.active, live);
  await changeBinding(browser, sub, 'resume', primary);
  report.check(
    'R28',
    'the sub resumes: the status list says valid again',
    (await party.statusWithin(claims, 'valid')) === 'valid',
  );
}

/** R25 and R26. It also restores the demo's data. */
export async function unbind(
  { report, issuer, service }: World,
  party: RelyingParty,
  { claims, token, primary, sub }: Bound,
): Promise<void> {
  printStep(`${primary} unbinds ${sub} on the account page`);
  const browser = new Browser(`${primary}'s browser`, issuer);
  await changeBinding(browser, primary, 'end', sub);
  const bindings = await openBindings(browser, primary);
  report.check(
    'R25',
    'with nothing standing in the way the binding ends',
    changeForm(bindings, 'end', sub) === undefined,
  );
  report.check(
    'R26',
    'the ended binding stays visible on the page, with nothing to press',
    bindings.text.includes(`@${sub}`),
    bindings.text,
  );
  report.check(
    'R26',
    'the status list says history within 5 s',
    (await party.statusWithin(claims, 'history')) === 'history',
  );
  const live = await oidc.tokenIntrospection(service.config, token);
  report.check('R26', 'introspection no longer calls the token active', !live.active, live);
}

/**
 * R25: a binding that may not be ended now, because its sub is live and has an open order (in the
 * seed data).
 */
export async function failToUnbind(
  { report, issuer }: World,
  primary: string,
  busy: string,
): Promise<void> {
  printStep(`${primary} tries to unbind ${busy}, which is live and has an unsettled order`);
  const browser = new Browser(`${primary}'s browser`, issuer);
  const answer = await changeBinding(browser, primary, 'end', busy);
  printNote(`the page says “${answer.title}”`);
  report.check(
    'R25',
    'the server refuses and names what is missing: orders settled, no live broadcast',
    answer.status === 409 && /order/i.test(answer.text) && /live/i.test(answer.text),
    answer.text,
  );
  const bindings = await openBindings(browser, primary);
  report.check(
    'R25',
    'and the binding is as it was',
    changeForm(bindings, 'end', busy) !== undefined,
    bindings.text,
  );
}

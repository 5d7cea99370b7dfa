import { printNote, printStep } from '../print.ts';
import { type BindingClaims, keyOf, type RelyingParty, tampered } from '../relying-party.ts';
import type { World } from '../world.ts';

const CORE = ['withdraw_income', 'account_appeal'];

interface Presented {
  readonly token: string;
  /** A token of another kind by the same issuer. */
  readonly idToken?: string | undefined;
  /** How the server found that both have one owner. */
  readonly method: string;
  /** Thumbprint of the key that the token is bound to. */
  readonly jkt?: string;
}

/**
 * Everything that a relying party checks (docs/protocol.md#checklist-for-relying-parties), and
 * three tokens that it must reject.
 */
export async function checkToken(
  { report, issuer }: World,
  party: RelyingParty,
  presented: Presented,
): Promise<BindingClaims> {
  const { token, idToken, method, jkt } = presented;
  printStep(
    `A relying party (${party.audience}) verifies the binding token by the published keys alone`,
  );
  const { claims, kid } = await party.verify(token);
  const { binding } = claims;
  printNote(
    `sub ${claims.sub?.slice(0, 8)}… is the sub-account of ${claims.may_act.sub.slice(0, 8)}…, ${binding.state}, pack ${binding.pack}, ${binding.same_owner.method}`,
  );
  report.check(
    'R6',
    `signed by the published key ${kid}; typ, iss, aud and exp are right`,
    kid !== '',
  );
  report.check(
    'R6',
    'the two accounts have different identifiers, of the same issuer',
    claims.sub !== claims.may_act.sub && claims.may_act.iss === claims.iss,
  );
  const bound = jkt === undefined ? claims.cnf === undefined : claims.cnf?.jkt === jkt;
  report.check(
    'R6',
    jkt === undefined
      ? 'no key is bound to it (cnf), as none was proved'
      : "bound to the app's DPoP key (cnf.jkt)",
    bound,
    claims.cnf,
  );
  report.check(
    'R1',
    `says how the same owner was established: ${method}`,
    binding.same_owner.method === method,
    binding.same_owner,
  );
  checkPermissions(report, binding.permissions);
  report.check(
    'R6',
    'its entry in the status list says valid',
    (await party.status(claims)) === 'valid',
  );
  report.check(
    'R6',
    'a token with one claim changed is refused',
    !(await party.accepts(tampered(token))),
  );
  report.check(
    'R6',
    'a token for another audience is refused',
    !(await party.accepts(token, new URL('/somebody-else', issuer).href)),
  );
  if (idToken !== undefined) {
    report.check(
      'R6',
      'an ID token is not taken for one, and has another key',
      !(await party.accepts(idToken)) && keyOf(idToken) !== kid,
    );
  }
  return claims;
}

function checkPermissions(
  report: World['report'],
  permissions: BindingClaims['binding']['permissions'],
): void {
  const soon = Date.now() / 1000 + 5; // the two clocks may differ a little
  const basic = ['comment', 'repost'].every((name) =>
    permissions.some(
      (one) => one.name === name && one.tier === 'basic' && one.effective_at <= soon,
    ),
  );
  report.check('R16', 'comment and repost are inherited at once', basic, permissions);
  const core = permissions.filter(({ name, tier }) => tier === 'core' || CORE.includes(name));
  report.check(
    'R18',
    'withdrawing income and account appeals are not among the permissions',
    core.length === 0,
    core,
  );
}

import type { AccountFacts, Facts } from '../facts.ts';
import { denyOrAllow, type Hook, type Reason } from '../hook.ts';
import { isVerified } from './same-owner.ts';

type Part = 'primary' | 'sub';

/**
 * Both accounts are in good standing and verified (R1, R3). An enterprise primary has its
 * administrator (R32).
 */
export const accountStatus: Hook<'accounts' | 'owners'> = {
  id: 'account-status',
  version: 2,
  needs: ['accounts', 'owners'],
  evaluate(facts) {
    const objections = [
      ...objectionsTo('primary', facts),
      ...objectionsTo('sub', facts),
      ...administratorOf(facts.accounts.primary),
    ];
    return denyOrAllow(objections, { code: 'accounts_in_order' });
  },
};

function objectionsTo(
  part: Part,
  { accounts, owners }: Pick<Facts, 'accounts' | 'owners'>,
): readonly Reason[] {
  const { status, qualification } = accounts[part];
  const objections: Reason[] = [];
  if (status !== 'normal') {
    objections.push({
      code: 'account_not_normal',
      refusal: 'account_restricted',
      detail: { part, status },
    });
  }
  if (!isVerified(owners[part])) {
    objections.push({ code: 'owner_not_verified', refusal: 'not_verified', detail: { part } });
  }
  if (qualification !== 'verified') {
    objections.push({
      code: 'qualification_not_verified',
      refusal: 'not_verified',
      detail: { part, qualification },
    });
  }
  return objections;
}

function administratorOf(primary: AccountFacts): readonly Reason[] {
  const missing = primary.kind === 'enterprise' && !primary.hasAdministrator;
  return missing ? [{ code: 'administrator_missing', refusal: 'not_eligible' }] : [];
}

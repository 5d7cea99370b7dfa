import { describe, expect, test } from '@jest/globals';
import {
  decideRole,
  holdsRole,
  type RoleCommand,
  type RoleFacts,
} from '../../src/accounts/role.ts';
import type { AccountId } from '../../src/kernel/ids.ts';

const [ANNE, BERT, CARL] = ['acc_anne', 'acc_bert', 'acc_carl'] as unknown as [
  AccountId,
  AccountId,
  AccountId,
];
const person = (id: AccountId, ...roles: readonly string[]) => ({
  id,
  roles,
  status: 'normal' as const,
});
const facts = (given: Partial<RoleFacts> = {}): RoleFacts => ({
  account: person(CARL),
  by: person(ANNE, 'operator'),
  operators: new Set([ANNE, BERT]),
  askedBy: undefined,
  ...given,
});
const told = (given: Partial<RoleFacts>, command: RoleCommand): string => {
  const decided = decideRole(facts(given), command);
  return decided.ok ? decided.value : decided.refusal.code;
};

const grant = { kind: 'grant', role: 'operator' } as const;
const confirm = { kind: 'confirm', role: 'operator' } as const;
const withdraw = { kind: 'withdraw', role: 'operator' } as const;
const reviewer = { kind: 'grant', role: 'reviewer' } as const;
const ONE = new Set([ANNE]);

describe('who may change roles', () => {
  // biome-ignore format: a table is read by its columns
  const CASES: readonly (readonly [string, Partial<RoleFacts>, RoleCommand, string])[] = [
    ['an operator makes a reviewer',                 {},                                                     reviewer, 'granted'],
    ['an auditor makes nobody a reviewer',           { by: person(ANNE, 'auditor') },                        reviewer, 'not_an_operator'],
    ['a frozen operator makes nobody a reviewer',    { by: { ...person(ANNE, 'operator'), status: 'frozen' } }, reviewer, 'not_an_operator'],
    ['an operator does not become reviewer alone',   { account: person(ANNE, 'operator') },                  reviewer, 'own_role'],
    ['a role that is held is not granted again',     { account: person(CARL, 'reviewer') },                  reviewer, 'role_held'],
    ['a restricted account gets no role',            { account: { ...person(CARL), status: 'restricted' } }, reviewer, 'account_not_normal'],
    ['one operator alone makes no operator',         {},                                                     grant,    'asked'],
    ['a sole operator makes no operator by a page',  { operators: ONE },                                     grant,    'asked'],
    ['a command makes an operator beside one',       { by: 'system', operators: ONE },                       grant,    'granted'],
    ['a command beside two operators only asks',     { by: 'system' },                                       grant,    'asked'],
    ['what waits is not asked again',                { askedBy: BERT },                                      grant,    'already_asked'],
    ['another operator confirms',                    { askedBy: BERT },                                      confirm,  'granted'],
    ['who asked does not confirm',                   { askedBy: ANNE },                                      confirm,  'another_operator_needed'],
    ['a command does not confirm beside two',        { by: 'system', askedBy: ANNE },                        confirm,  'another_operator_needed'],
    ['a command confirms beside one',                { by: 'system', askedBy: ANNE, operators: ONE },        confirm,  'granted'],
    ['nobody confirms what nobody asked',            {},                                                     confirm,  'not_asked_for'],
    ['what a frozen operator asked is not confirmed', { askedBy: BERT, operators: ONE },             confirm,  'not_asked_for'],
    ['a closed account is not confirmed',            { askedBy: BERT, account: { ...person(CARL), status: 'closed' } }, confirm, 'account_not_normal'],
    ['an operator removes another',                  { account: person(BERT, 'operator') },                  withdraw, 'withdrawn'],
    ['an operator of two removes itself',            { account: person(ANNE, 'operator') },                  withdraw, 'withdrawn'],
    ['the last operator does not remove itself',     { account: person(ANNE, 'operator'), operators: ONE },  withdraw, 'last_operator'],
    ['a command does not remove the last operator',  { by: 'system', account: person(ANNE, 'operator'), operators: ONE }, withdraw, 'last_operator'],
    ['what waits is dropped',                        { askedBy: ANNE },                                      withdraw, 'dropped'],
    ['a role that is not held is not withdrawn',     {},                                                     withdraw, 'role_not_held'],
  ];
  for (const [what, given, command, expected] of CASES)
    test(what, () => expect(told(given, command)).toBe(expected));

  test('a role counts for accounts of normal status only', () => {
    expect(holdsRole(person(ANNE, 'auditor'), 'operator', 'auditor')).toBe(true);
    expect(holdsRole(person(ANNE, 'reviewer'), 'operator', 'auditor')).toBe(false);
    expect(holdsRole({ ...person(ANNE, 'operator'), status: 'restricted' }, 'operator')).toBe(
      false,
    );
    expect(holdsRole(undefined, 'operator')).toBe(false);
  });
});

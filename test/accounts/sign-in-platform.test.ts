import { expect, test } from '@jest/globals';
import { LOCAL_PLATFORM } from '../../src/accounts/account.ts';
import { hashPassword } from '../../src/accounts/passwords.ts';
import { signIn } from '../../src/accounts/sign-in.ts';
import { createAccount } from '../../src/provisioning/create-account.ts';
import { makeBindingFixture } from '../fixtures/bindings.ts';

const { deps } = await makeBindingFixture();
const BY = { actor: 'system', origin: 'import' } as const;

test('the password form asks for the logins of one platform only [R45]', async () => {
  for (const [at, password] of [
    [null, 'the password at Bindery'],
    [{ platform: 'shop', externalId: '1' }, 'the password of the shop'],
  ] as const) {
    const passwordHash = await hashPassword(password);
    const account = {
      login: 'amy',
      displayName: 'Amy',
      avatarUrl: null,
      kind: 'personal',
    } as const;
    await deps.db.transaction((tx) => createAccount(tx, { ...account, at, passwordHash }, BY));
  }
  const enter = async (formPlatform: string, password: string) => {
    const attempt = { login: 'amy', password, address: '127.0.0.1' };
    const signedIn = await signIn({ ...deps, formPlatform }, attempt);
    return signedIn.ok ? signedIn.value.platform : signedIn.refusal.code;
  };
  expect(await enter(LOCAL_PLATFORM, 'the password at Bindery')).toBe('local');
  expect(await enter(LOCAL_PLATFORM, 'the password of the shop')).toBe('wrong_credentials');
  expect(await enter('shop', 'the password of the shop')).toBe('shop');
  expect(await enter('shop', 'the password at Bindery')).toBe('wrong_credentials');
});

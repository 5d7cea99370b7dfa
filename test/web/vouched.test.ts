import { expect, test } from '@jest/globals';
import {
  makeTraveller,
  platformAccount,
  signInUpstream,
  startWithPlatform,
} from '../support/platform.ts';

const world = await startWithPlatform([
  platformAccount('yun', { ownerReference: 'owner-1' }),
  platformAccount('nobody'),
]);

async function verificationOf(login: string) {
  const traveller = makeTraveller(world);
  await signInUpstream(traveller, await traveller.here.open('/account/sign-in'), login);
  return await traveller.here.open('/account/verification');
}

test('an account that its platform vouches for is asked for no material [R44]', async () => {
  const page = await verificationOf('yun');
  expect(page.text).toMatch(/Your platform vouches for whose account this is/);
  expect(page.text).not.toMatch(/steps done/);
  expect((await verificationOf('nobody')).text).toMatch(/steps done/);
});

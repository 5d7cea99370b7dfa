import type { Page } from './browser.ts';

type Devtools = Awaited<ReturnType<ReturnType<Page['context']>['newCDPSession']>>;

async function credentialsOf(devtools: Devtools, authenticatorId: string) {
  return (await devtools.send('WebAuthn.getCredentials', { authenticatorId })).credentials;
}

type Credential = Awaited<ReturnType<typeof credentialsOf>>[number];

/** A phone's built-in authenticator. The verification and the touch of its user can be set. */
export async function giveAuthenticator(page: Page) {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('WebAuthn.enable');
  const { authenticatorId } = await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return {
    turn: async (isUserVerified: boolean) =>
      void (await devtools.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified })),
    touch: async (enabled: boolean) =>
      void (await devtools.send('WebAuthn.setAutomaticPresenceSimulation', {
        authenticatorId,
        enabled,
      })),
    credentials: async () => await credentialsOf(devtools, authenticatorId),
    /** Replaces all credentials by these. */
    keep: async (credentials: readonly Credential[]) => {
      await devtools.send('WebAuthn.clearCredentials', { authenticatorId });
      for (const credential of credentials)
        await devtools.send('WebAuthn.addCredential', { authenticatorId, credential });
    },
  };
}

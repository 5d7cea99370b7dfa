import { type Platform, parsePlatform } from './platform.ts';

/** The demo's own platform (examples/demo-platform), as an operator would describe it in a file. */
export function demoPlatform(issuer: string): Platform {
  const parsed = parsePlatform(
    {
      id: 'demo',
      title: { zh: '演示平台', en: 'Demo platform' },
      ownerReference: { claim: '/owner_reference', believed: true },
      providers: [
        {
          id: 'demo',
          title: { zh: '演示平台', en: 'Demo platform' },
          kind: 'oidc',
          issuer,
          client: { id: 'bindery', authentication: { method: 'none' } },
          scopes: ['openid', 'profile'],
          freshness: { parameters: { prompt: 'login' }, maxAge: true, authTime: true },
          amr: ['pwd'],
          apps: ['demo-platform-app'],
        },
      ],
    },
    { production: false },
  );
  if (!parsed.ok) throw new Error('the demo’s platform has mistakes');
  return parsed.value;
}

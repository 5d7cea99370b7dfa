import { type Platform, parsePlatform } from './platform.ts';

/** On the host of the demo, so that people's browsers find it; undefined where there is no demo. */
export function demoPlatformAt(
  demo: boolean,
  issuer: string,
  port: number,
): { readonly port: number; readonly issuer: string } | undefined {
  return demo ? { port, issuer: `http://${new URL(issuer).hostname}:${port}` } : undefined;
}

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

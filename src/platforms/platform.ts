import { z } from 'zod';
import { ownerReference, provider, title, type UpstreamProvider, urlsOf } from './provider.ts';

/** The platform of Bindery's own accounts; no file may take its name. */
const LOCAL = 'local';

const shape = z.strictObject({
  $schema: z.string().optional(),
  id: z.string().regex(/^[a-z][a-z0-9-]{0,31}$/),
  title,
  justInTime: z
    .boolean()
    .default(true)
    .describe('Is an account made when somebody unknown signs in there? Else SCIM brings all.'),
  ownerReference: ownerReference.nullable().default(null),
  providers: z.array(provider).max(8).default([]),
});

/** A platform of accounts: where its people sign in, and what of its word is believed (R45, R47). */
export type Platform = Readonly<Omit<z.infer<typeof shape>, '$schema'>>;
export type Platforms = ReadonlyMap<string, Platform>;

/** One mistake: its path (`providers.0.issuer`) and what is wrong. */
export interface PlatformProblem {
  readonly path: string;
  readonly problem: string;
}

export type ParsedPlatform =
  | { readonly ok: true; readonly value: Platform }
  | { readonly ok: false; readonly problems: readonly PlatformProblem[] };

/** Parses a platform, or returns every mistake in it, each with its path. */
export function parsePlatform(
  value: unknown,
  { production }: { readonly production: boolean },
): ParsedPlatform {
  const parsed = shape.safeParse(value);
  if (!parsed.success) return { ok: false, problems: parsed.error.issues.flatMap(problemsOf) };
  const problems = [...mistakesIn(parsed.data, production)];
  return problems.length > 0 ? { ok: false, problems } : { ok: true, value: parsed.data };
}

export function findProvider(
  platforms: Platforms,
  platform: string,
  id: string,
): { readonly platform: Platform; readonly provider: UpstreamProvider } | undefined {
  const found = platforms.get(platform);
  const of = found?.providers.find((each) => each.id === id);
  return found && of && { platform: found, provider: of };
}

/**
 * What the platform calls the account. Ids of a provider's own begin with its name, so that the ids
 * of two providers never meet. Undefined: an id of the platform looks like that of a provider.
 */
export function externalIdOf(
  { providers }: Platform,
  { id, ids = 'platform' }: UpstreamProvider,
  named: string,
): string | undefined {
  if (ids === 'own') return `${id}:${named}`;
  const taken = providers.some((other) => other.ids === 'own' && named.startsWith(`${other.id}:`));
  return taken ? undefined : named;
}

function* mistakesIn(platform: Platform, production: boolean): Generator<PlatformProblem> {
  if (platform.id === LOCAL)
    yield { path: 'id', problem: '"local" is the platform of Bindery’s own accounts' };
  const { providers } = platform;
  for (const [at, of] of providers.entries()) {
    const path = `providers.${at}`;
    if (providers.findIndex(({ id }) => id === of.id) !== at)
      yield { path: `${path}.id`, problem: `"${of.id}" is there already` };
    if (providers.length > 1 && of.ids === undefined)
      yield {
        path: `${path}.ids`,
        problem: 'say "platform" or "own": two providers may give one id to two people',
      };
    if (of.kind === 'oauth2' && of.client.authentication.method === 'private_key_jwt')
      yield { path: `${path}.client.authentication.method`, problem: 'is for OpenID providers' };
    if (of.kind === 'oidc' && !of.scopes.includes('openid'))
      yield { path: `${path}.scopes`, problem: 'needs "openid"' };
    if (production && urlsOf(of).some((url) => !url.startsWith('https://')))
      yield { path, problem: 'production needs https' };
  }
}

function problemsOf(issue: z.core.$ZodIssue): readonly PlatformProblem[] {
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({
      path: dotted([...issue.path, key]),
      problem: 'unknown member',
    }));
  return [{ path: dotted(issue.path), problem: issue.message }];
}

function dotted(path: readonly PropertyKey[]): string {
  return path.map(String).join('.');
}

/** The JSON Schema (draft 2020-12) of a platform's file. */
export function platformSchema(): object {
  return z.toJSONSchema(shape, { io: 'input' });
}

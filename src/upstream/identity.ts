import type { Kind } from '../accounts/account.ts';
import type { Platform } from '../platforms/platform.ts';
import type { UpstreamProvider } from '../platforms/provider.ts';

/** What a provider says of the person. Nothing of it is checked yet. */
export interface Identity {
  readonly externalId: string;
  readonly login: string | undefined;
  readonly displayName: string | undefined;
  readonly avatarUrl: string | undefined;
  readonly kind: Kind | undefined;
  /** What the platform calls the owner, where the operator believes that. */
  readonly ownerReference: string | undefined;
}

/** What a provider answered: what the claims are read from, and of that what it signed. */
export interface Answers {
  readonly all: unknown;
  readonly signed: unknown;
}

/** Undefined: the provider did not say who it is. */
export function identityOf(
  platform: Platform,
  { claims }: UpstreamProvider,
  { all, signed }: Answers,
): Identity | undefined {
  const externalId = textAt(all, claims.externalId);
  if (externalId === undefined || externalId === '') return undefined;
  const kind = claims.kind && textAt(all, claims.kind.from);
  const { ownerReference } = platform;
  return {
    externalId,
    login: textAt(all, claims.login),
    displayName: textAt(all, claims.displayName),
    avatarUrl: textAt(all, claims.avatarUrl),
    kind: claims.kind && kind !== undefined ? claims.kind.values[kind ?? ''] : undefined,
    ownerReference: ownerReference?.believed ? textAt(signed, ownerReference.claim) : undefined,
  };
}

/** The text or whole number at a JSON pointer (RFC 6901). */
export function textAt(document: unknown, pointer: string): string | undefined {
  let at = document;
  for (const step of pointer.slice(1).split('/')) {
    const name = step.replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, name)) return undefined;
    at = (at as Record<string, unknown>)[name];
  }
  if (typeof at === 'string') return at;
  return Number.isSafeInteger(at) ? String(at) : undefined;
}

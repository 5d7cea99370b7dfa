import { type ClientMetadata, type Configuration, errors } from 'oidc-provider';
import { LOCAL_PLATFORM } from '../accounts/account.ts';
import { parseDisplayName } from '../accounts/account-fields.ts';
import { refusedAt } from './refusals.ts';

type ExtraClientMetadata = NonNullable<Configuration['extraClientMetadata']>;

function refuse(site: string, problem: string): never {
  throw refusedAt(site, new errors.InvalidClientMetadata(problem));
}

/**
 * Bindery's own client metadata. A client that registers itself (then there is a `ctx`) cannot set
 * what only an operator may. That is: the platform whose accounts it keeps, resources, scopes of
 * resources and, outside the demo, the back channel. A request that starts in one place and is answered in another is useful for
 * phishing (RFC 10027).
 */
export function extraClientMetadata(options: {
  readonly demo: boolean;
  readonly resourceScopes: readonly string[];
  readonly bindingTokenAlgs: readonly string[];
}): ExtraClientMetadata {
  return {
    properties: [
      'account_binding_back_channel',
      'account_binding_owner_references',
      'account_binding_packs',
      'account_binding_platform',
      'account_binding_resources',
      'account_binding_platforms',
      'account_binding_token_signed_response_alg',
      'account_binding_unverified',
    ],
    validator: (ctx, key, value, metadata) => {
      const bySelf = ctx !== undefined && ctx !== null;
      if (key === 'account_binding_back_channel') {
        if (value !== undefined && typeof value !== 'boolean')
          refuse('OIDC-1C0', `${key} must be a boolean`);
        if (value === true && bySelf && !options.demo)
          refuse('OIDC-1C1', `${key} is given by the operator`);
        if (bySelf) {
          checkScope(metadata, options.resourceScopes);
          checkName(metadata);
        }
      } else if (key === 'account_binding_token_signed_response_alg') {
        if (value !== undefined && !options.bindingTokenAlgs.includes(value as string)) {
          refuse('OIDC-1C2', `${key} must be one of ${options.bindingTokenAlgs.join(', ')}`);
        }
      } else if (key === 'account_binding_owner_references') {
        if (value !== undefined && typeof value !== 'boolean')
          refuse('OIDC-1C8', `${key} must be a boolean`);
        if (value === true && bySelf) refuse('OIDC-1C9', `${key} is given by the operator`);
      } else if (key === 'account_binding_packs') {
        if (value !== undefined && !isListOfNames(value))
          refuse('OIDC-1CC', `${key} must be an array of the ids of packs`);
      } else if (key === 'account_binding_unverified') {
        // Only client-registry.ts adds it, from what operators know of the client.
        if (value !== undefined && bySelf) refuse('OIDC-1CD', `${key} is set by this server`);
      } else if (key === 'account_binding_platform') {
        if (value !== undefined && !isPlatform(value))
          refuse('OIDC-1C6', `${key} must be the id of a platform`);
        if (value !== undefined && bySelf) refuse('OIDC-1C7', `${key} is given by the operator`);
      } else if (key === 'account_binding_platforms') {
        if (value !== undefined && !isPlatformList(value))
          refuse('OIDC-1CA', `${key} must be an array of platforms`);
        if (value !== undefined && bySelf) refuse('OIDC-1CB', `${key} is given by the operator`);
      } else if (value !== undefined) {
        if (!Array.isArray(value) || !value.every(isResource))
          refuse('OIDC-1C3', `${key} must be an array of absolute URIs`);
        if (bySelf && !options.demo) refuse('OIDC-1C4', `${key} is given by the operator`);
      }
    },
  };
}

function checkScope({ scope }: Partial<ClientMetadata>, resourceScopes: readonly string[]): void {
  const wanted = typeof scope === 'string' ? scope.split(' ') : [];
  const taken = wanted.find((name) => resourceScopes.includes(name));
  if (taken) refuse('OIDC-1C5', `scope ${taken} is given by the operator`);
}

/** As for apps of operators: consent pages show it. */
function checkName({ client_name: name }: Partial<ClientMetadata>): void {
  if (name !== undefined && !parseDisplayName(name).ok)
    refuse('OIDC-1CE', 'client_name is empty, too long, or has characters that cannot be seen');
}

/** Bindery's own accounts are kept by nobody else. */
function isPlatform(value: unknown): boolean {
  return (
    typeof value === 'string' && /^[a-z][a-z0-9-]{0,31}$/.test(value) && value !== LOCAL_PLATFORM
  );
}

function isListOfNames(value: unknown): boolean {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}

function isResource(value: unknown): boolean {
  return typeof value === 'string' && URL.canParse(value) && !value.includes('#');
}

function isPlatformList(value: unknown): boolean {
  return Array.isArray(value) && value.every(isPlatform);
}

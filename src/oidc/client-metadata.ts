import { type ClientMetadata, type Configuration, errors } from 'oidc-provider';
import { LOCAL_PLATFORM } from '../accounts/account.ts';
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
      'account_binding_platform',
      'account_binding_resources',
      'account_binding_token_signed_response_alg',
    ],
    validator: (ctx, key, value, metadata) => {
      const bySelf = ctx !== undefined && ctx !== null;
      if (key === 'account_binding_back_channel') {
        if (value !== undefined && typeof value !== 'boolean')
          refuse('OIDC-1C0', `${key} must be a boolean`);
        if (value === true && bySelf && !options.demo)
          refuse('OIDC-1C1', `${key} is given by the operator`);
        if (bySelf) checkScope(metadata, options.resourceScopes);
      } else if (key === 'account_binding_token_signed_response_alg') {
        if (value !== undefined && !options.bindingTokenAlgs.includes(value as string)) {
          refuse('OIDC-1C2', `${key} must be one of ${options.bindingTokenAlgs.join(', ')}`);
        }
      } else if (key === 'account_binding_owner_references') {
        if (value !== undefined && typeof value !== 'boolean')
          refuse('OIDC-1CA', `${key} must be a boolean`);
        if (value === true && bySelf) refuse('OIDC-1CB', `${key} is given by the operator`);
      } else if (key === 'account_binding_platform') {
        if (value !== undefined && !isPlatform(value))
          refuse('OIDC-1C6', `${key} must be the id of a platform`);
        if (value !== undefined && bySelf) refuse('OIDC-1C7', `${key} is given by the operator`);
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

/** Bindery's own accounts are kept by nobody else. */
function isPlatform(value: unknown): boolean {
  return (
    typeof value === 'string' && /^[a-z][a-z0-9-]{0,31}$/.test(value) && value !== LOCAL_PLATFORM
  );
}

function isResource(value: unknown): boolean {
  return typeof value === 'string' && URL.canParse(value) && !value.includes('#');
}

import { ACCOUNT_SCHEMA, USER_SCHEMA } from './attributes.ts';
import { MOST_BULK_OPERATIONS } from './bulk.ts';
import { DEFAULT_RESULTS, MOST_RESULTS } from './page.ts';
import { MOST_BYTES } from './read-body.ts';
import { KINDS, type Resource, STATUSES } from './user.ts';

const SCHEMA = 'urn:ietf:params:scim:schemas:core:2.0:Schema';
const RESOURCE_TYPE = 'urn:ietf:params:scim:schemas:core:2.0:ResourceType';
const CONFIG = 'urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig';

/** An attribute with the defaults of RFC 7643 §7. */
function attribute(name: string, description: string, more: Resource = {}): Resource {
  return {
    name,
    type: 'string',
    multiValued: false,
    description,
    required: false,
    caseExact: false,
    mutability: 'readWrite',
    returned: 'default',
    uniqueness: 'none',
    ...more,
  };
}

const reference = { type: 'reference', referenceTypes: ['external'], caseExact: true };

/** Only what is kept. What else RFC 7643 §4.1 has is accepted and ignored (docs/scim.md). */
const USER_ATTRIBUTES: readonly Resource[] = [
  attribute('userName', 'The login at the platform, unique there.', {
    required: true,
    uniqueness: 'server',
  }),
  attribute('displayName', 'The name that people see. The login, if it is left out.', {
    required: true,
  }),
  attribute('photos', 'The picture of the account; one is kept.', {
    type: 'complex',
    multiValued: true,
    subAttributes: [
      attribute('value', 'Its https address.', reference),
      attribute('type', 'What it is for.', { canonicalValues: ['photo'] }),
    ],
  }),
  attribute('active', 'False: the account is frozen.', { type: 'boolean', required: true }),
];

// biome-ignore format: a table is read by its columns
const ACCOUNT_ATTRIBUTES: readonly Resource[] = [
  attribute('kind', 'Who may own it. Stays once it is verified or bound.', { required: true, caseExact: true, canonicalValues: KINDS }),
  attribute('status', 'What it may do. Deleting closes it.', { required: true, caseExact: true, canonicalValues: STATUSES }),
  attribute('platform', 'Whose account it is.', { mutability: 'readOnly', caseExact: true, returned: 'request' }),
  attribute('ownerReference', 'What the platform calls the owner: equal for accounts of one owner.', { mutability: 'writeOnly', returned: 'never', caseExact: true }),
];

const meta = (resourceType: string, location: string): Resource => ({ resourceType, location });

/** `/Schemas` (RFC 7643 §7). */
export function schemasAt(base: string): readonly Resource[] {
  return [
    {
      schemas: [SCHEMA],
      id: USER_SCHEMA,
      name: 'User',
      description: 'An account of the platform.',
      attributes: USER_ATTRIBUTES,
      meta: meta('Schema', `${base}/Schemas/${USER_SCHEMA}`),
    },
    {
      schemas: [SCHEMA],
      id: ACCOUNT_SCHEMA,
      name: 'Account',
      description: 'What an account is to Bindery.',
      attributes: ACCOUNT_ATTRIBUTES,
      meta: meta('Schema', `${base}/Schemas/${ACCOUNT_SCHEMA}`),
    },
  ];
}

/** `/ResourceTypes` (RFC 7643 §6). */
export function resourceTypesAt(base: string): readonly Resource[] {
  return [
    {
      schemas: [RESOURCE_TYPE],
      id: 'User',
      name: 'User',
      endpoint: '/Users',
      description: 'An account of the platform.',
      schema: USER_SCHEMA,
      schemaExtensions: [{ schema: ACCOUNT_SCHEMA, required: false }],
      meta: meta('ResourceType', `${base}/ResourceTypes/User`),
    },
  ];
}

/** `/ServiceProviderConfig` (RFC 7643 §5, RFC 9865 §2.3). */
export function configAt(base: string): Resource {
  return {
    schemas: [CONFIG],
    patch: { supported: true },
    bulk: { supported: true, maxOperations: MOST_BULK_OPERATIONS, maxPayloadSize: MOST_BYTES },
    filter: { supported: true, maxResults: MOST_RESULTS },
    changePassword: { supported: false },
    sort: { supported: true },
    etag: { supported: true },
    pagination: {
      cursor: true,
      index: true,
      defaultPaginationMethod: 'index',
      defaultPageSize: DEFAULT_RESULTS,
      maxPageSize: MOST_RESULTS,
    },
    authenticationSchemes: [
      {
        type: 'oauthbearertoken',
        name: 'OAuth 2.0 access token',
        description: 'An access token of this server with the scope accounts:write (RFC 6750).',
        specUri: 'https://www.rfc-editor.org/info/rfc6750',
        primary: true,
      },
    ],
    meta: meta('ServiceProviderConfig', `${base}/ServiceProviderConfig`),
  };
}

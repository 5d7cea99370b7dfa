import type { Operation } from '../operation.ts';

export const jwks: Operation = {
  kind: 'request',
  name: 'jwks',
  says: 'the public keys',
  prepare: ({ endpoints }) => ({
    url: endpoints.jwks_uri,
    method: 'GET',
    headers: {},
    variants: [{}],
    accepts: (body) => body.includes('"keys"'),
  }),
};

export const discovery: Operation = {
  kind: 'request',
  name: 'discovery',
  says: 'the provider metadata',
  prepare: ({ issuer }) => ({
    url: `${issuer}/.well-known/openid-configuration`,
    method: 'GET',
    headers: {},
    variants: [{}],
    accepts: (body) => body.includes('"issuer"'),
  }),
};

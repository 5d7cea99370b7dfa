import { basic, CLIENTS } from '../oauth.ts';
import type { Operation } from '../operation.ts';

export const clientCredentials: Operation = {
  kind: 'request',
  name: 'client_credentials',
  says: 'a JWT access token for a resource',
  prepare: ({ endpoints }) => ({
    url: endpoints.token_endpoint,
    method: 'POST',
    headers: {
      authorization: basic(CLIENTS.platform),
      'content-type': 'application/x-www-form-urlencoded',
    },
    variants: [{ body: 'grant_type=client_credentials&scope=facts%3Awrite' }],
    accepts: (body) => body.includes('"access_token":"eyJ'),
  }),
};

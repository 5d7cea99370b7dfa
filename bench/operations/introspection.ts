import { basic, CLIENTS } from '../oauth.ts';
import type { Operation } from '../operation.ts';
import { signInPeople } from '../sign-in.ts';

export const introspection: Operation = {
  kind: 'request',
  name: 'introspection',
  says: 'of a live opaque access token, without a hint',
  prepare: async (server) => {
    const lanes = await signInPeople(server);
    return {
      url: server.endpoints.introspection_endpoint,
      method: 'POST',
      headers: {
        authorization: basic(CLIENTS.web),
        'content-type': 'application/x-www-form-urlencoded',
      },
      variants: lanes.map(({ tokens }) => ({
        body: `token=${encodeURIComponent(tokens.access_token)}`,
      })),
      accepts: (body) => body.includes('"active":true'),
    };
  },
};

import type { Operation } from '../operation.ts';
import { signInPeople } from '../sign-in.ts';

export const userinfo: Operation = {
  kind: 'request',
  name: 'userinfo',
  says: 'with a live opaque access token',
  prepare: async (server) => {
    const lanes = await signInPeople(server);
    return {
      url: server.endpoints.userinfo_endpoint,
      method: 'GET',
      headers: {},
      variants: lanes.map(({ tokens }) => ({
        headers: { authorization: `Bearer ${tokens.access_token}` },
      })),
      accepts: (body) => body.includes('"sub"'),
    };
  },
};

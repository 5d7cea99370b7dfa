import { refresh as renew } from '../oauth.ts';
import type { Operation } from '../operation.ts';
import { signInPeople } from '../sign-in.ts';

export const refresh: Operation = {
  kind: 'flow',
  name: 'refresh',
  says: 'a refresh token for new tokens, rotated every time',
  prepare: async (server) => {
    const lanes = await signInPeople(server);
    return {
      steps: lanes.map(({ tokens }) => {
        let current = tokens.refresh_token;
        return async () => {
          current = (await renew(server, current)).refresh_token;
        };
      }),
    };
  },
};

import { authorizeSilently, exchange } from '../oauth.ts';
import type { Operation } from '../operation.ts';
import { signInPeople } from '../sign-in.ts';

export const codeFlow: Operation = {
  kind: 'flow',
  name: 'code_flow',
  says: 'authorization with a live session and grant, then the code for tokens (two requests)',
  prepare: async (server) => {
    const lanes = await signInPeople(server);
    return {
      steps: lanes.map(({ browser }) => async () => {
        await exchange(server, await authorizeSilently(server, browser));
      }),
    };
  },
};

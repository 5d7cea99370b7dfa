import type { Operation } from '../operation.ts';
import { binding } from './binding.ts';
import { clientCredentials } from './client-credentials.ts';
import { codeFlow } from './code-flow.ts';
import { introspection } from './introspection.ts';
import { discovery, jwks } from './published.ts';
import { refresh } from './refresh.ts';
import { rewrap } from './rewrap-keys.ts';
import { userinfo } from './userinfo.ts';

/** All operations, in the order of the table. */
export const OPERATIONS: readonly Operation[] = [
  clientCredentials,
  codeFlow,
  refresh,
  introspection,
  userinfo,
  jwks,
  discovery,
  binding,
  rewrap,
];

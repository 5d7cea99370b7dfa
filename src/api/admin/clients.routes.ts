import { z } from 'zod';
import { ok } from '../../kernel/refusals.ts';
import { appShape, askedOf } from '../../oidc/app.ts';
import type { Caller } from '../../oidc/bearer.ts';
import type { Registration } from '../../oidc/clients.store.ts';
import {
  type AppActor,
  createApp,
  listApps,
  removeApp,
  rotateSecret,
  type SavedApp,
  switchApp,
  updateApp,
  verifyApp,
  viewApp,
} from '../../oidc/manage-apps.ts';
import { type Operation, operation } from './operation.ts';
import { paged, pageOf, pageQuery } from './page.ts';

const params = z.object({ id: z.string().max(128) });
const moment = z.iso.datetime().nullable();
const client = appShape.extend({
  id: z.string(),
  hasSecret: z.boolean(),
  previousSecretUntil: moment,
  registeredBy: z.enum(['operator', 'self']),
  verifiedAt: moment,
  disabledAt: moment,
  createdAt: moment,
  updatedAt: moment,
});
/** The secret is told once, where this request made one. */
const saved = client.extend({ secret: z.string().nullable() });

export const CLIENT_OPERATIONS: readonly Operation[] = [
  operation({
    method: 'get',
    path: '/clients',
    scope: 'clients:read',
    summary: 'List the apps',
    query: pageQuery,
    answer: pageOf(client),
    async run(deps, { query: { after, limit }, caller }) {
      const listed = await listApps(deps, { after, most: limit + 1, by: byOf(caller) });
      if (!listed.ok) return listed;
      return ok(paged(listed.value, limit, { show: shown, cursor: ({ clientId }) => clientId }));
    },
  }),
  operation({
    method: 'post',
    path: '/clients',
    scope: 'clients:write',
    summary: 'Register an app; tells its secret, once',
    body: z.looseObject({ id: z.string().max(128) }),
    answer: saved,
    created: true,
    async run(deps, { body: { id, ...app }, caller }) {
      return toldOf(await createApp(deps, { id, app, by: byOf(caller) }));
    },
  }),
  operation({
    method: 'get',
    path: '/clients/{id}',
    scope: 'clients:read',
    summary: 'Show an app',
    params,
    answer: client,
    async run(deps, { params: { id }, caller }) {
      const viewed = await viewApp(deps, { id, by: byOf(caller) });
      return viewed.ok ? ok(shown(viewed.value.registration)) : viewed;
    },
  }),
  operation({
    method: 'patch',
    path: '/clients/{id}',
    scope: 'clients:write',
    summary: 'Change the members of an app that are given',
    params,
    body: z.looseObject({}),
    answer: saved,
    async run(deps, { params: { id }, body, caller }) {
      return toldOf(await updateApp(deps, { id, changes: body, by: byOf(caller) }));
    },
  }),
  operation({
    method: 'delete',
    path: '/clients/{id}',
    scope: 'clients:write',
    summary: 'Remove an app that is switched off',
    params,
    answer: null,
    async run(deps, { params: { id }, caller }) {
      return await removeApp(deps, { id, by: byOf(caller) });
    },
  }),
  operation({
    method: 'post',
    path: '/clients/{id}/secret',
    scope: 'clients:write',
    summary: 'Make a new secret; the old one works for a day more, unless `now`',
    params,
    body: z.strictObject({ now: z.boolean().default(false) }),
    answer: saved,
    async run(deps, { params: { id }, body: { now }, caller }) {
      return toldOf(await rotateSecret(deps, { id, now, by: byOf(caller) }));
    },
  }),
  operation({
    method: 'post',
    path: '/clients/{id}/state',
    scope: 'clients:write',
    summary: 'Switch an app on or off; off ends its open binding requests',
    params,
    body: z.strictObject({ on: z.boolean() }),
    answer: saved,
    async run(deps, { params: { id }, body: { on }, caller }) {
      return toldOf(await switchApp(deps, { id, on, by: byOf(caller) }));
    },
  }),
  operation({
    method: 'post',
    path: '/clients/{id}/verification',
    scope: 'clients:write',
    summary: 'Say that it is known who runs an app that registered itself',
    params,
    answer: saved,
    async run(deps, { params: { id }, caller }) {
      return toldOf(await verifyApp(deps, { id, by: byOf(caller) }));
    },
  }),
];

function byOf({ accountId, clientId }: Caller): AppActor {
  return accountId === null ? { program: clientId } : { account: accountId };
}

function shown({ clientId: id, metadata, ...rest }: Registration) {
  return { id, ...askedOf(metadata), ...rest };
}

function toldOf(result: Awaited<ReturnType<typeof createApp>>) {
  if (!result.ok) return result;
  const { registration, secret }: SavedApp = result.value;
  return ok({ ...shown(registration), secret });
}

import { z } from 'zod';
import { listBindings } from '../../binding/binding-pages.store.ts';
import { type BindingRow, findBinding, findBindingsOf } from '../../binding/bindings.store.ts';
import type { AccountId } from '../../kernel/ids.ts';
import { ok, refuse } from '../../kernel/refusals.ts';
import { operateBinding } from '../../provisioning/operate-binding.ts';
import { type Operation, operation } from './operation.ts';
import { paged, pageOf, pageQuery } from './page.ts';

const params = z.object({ id: z.string().max(64) });
const state = z.enum(['active', 'suspended', 'history', 'purged']);
const binding = z.object({
  id: z.string(),
  primaryId: z.string(),
  subId: z.string(),
  platform: z.string(),
  pack: z.string(),
  packVersion: z.int(),
  kind: z.enum(['personal', 'enterprise', 'special_industry']),
  state,
  suspendedBy: z.array(z.string()),
  version: z.int(),
  since: z.iso.datetime(),
  endedAt: z.iso.datetime().nullable(),
});

const SUMMARY = {
  suspend: 'Suspend a binding, as the operator',
  resume: 'Lift the operator’s hold and those of people',
  end: 'End a binding, whatever the conditions of its pack',
} as const;

export const BINDING_OPERATIONS: readonly Operation[] = [
  operation({
    method: 'get',
    path: '/bindings',
    scope: 'bindings:read',
    summary: 'List the bindings: all, or those of one account',
    query: pageQuery.extend({
      account: z.string().max(64).optional(),
      pack: z.string().max(64).optional(),
      state: state.optional(),
    }),
    answer: pageOf(binding),
    async run({ db }, { query: { after, limit, account, pack, state: asked } }) {
      const cursor = ({ id }: BindingRow): string => id;
      if (account === undefined) {
        const filter = { pack: pack ?? null, state: asked ?? null };
        const rows = await listBindings(db, { after, most: limit + 1, ...filter });
        return ok(paged(rows, limit, { show: shown, cursor }));
      }
      const rows = (await findBindingsOf(db, account as AccountId))
        .filter((row) => (pack ?? row.pack) === row.pack && (asked ?? row.state) === row.state)
        .filter((row) => row.id > after)
        .sort((one, other) => (one.id < other.id ? -1 : 1));
      return ok(paged(rows, limit, { show: shown, cursor }));
    },
  }),
  operation({
    method: 'get',
    path: '/bindings/{id}',
    scope: 'bindings:read',
    summary: 'Show a binding',
    params,
    answer: binding,
    async run({ db }, { params: { id } }) {
      const row = await findBinding(db, id);
      return row ? ok(shown(row)) : refuse('unknown_binding', 'API-2B0');
    },
  }),
  ...(['suspend', 'resume', 'end'] as const).map((step) =>
    operation({
      method: 'post',
      path: `/bindings/{id}/${step}`,
      scope: 'bindings:write',
      summary: SUMMARY[step],
      params,
      body: z.strictObject({ reason: z.string().min(1).max(200) }),
      answer: binding,
      async run({ db }, { params: { id }, body: { reason }, caller }) {
        const asked = { bindingId: id, step, reason, actor: caller.actor };
        const done = await operateBinding({ db }, asked);
        return done.ok ? ok(shown(done.value)) : done;
      },
    }),
  ),
];

function shown(row: BindingRow) {
  return {
    id: row.id,
    primaryId: row.primary_id,
    subId: row.sub_id,
    platform: row.platform,
    pack: row.pack,
    packVersion: row.pack_version,
    kind: row.kind,
    state: row.state,
    suspendedBy: row.suspended_by,
    version: row.version,
    since: row.since,
    endedAt: row.ended_at,
  };
}

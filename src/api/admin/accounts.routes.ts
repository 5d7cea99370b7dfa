import { z } from 'zod';
import { type Account, LOCAL_PLATFORM } from '../../accounts/account.ts';
import { type ListedAccount, listAccounts } from '../../accounts/account-pages.store.ts';
import { findAccount } from '../../accounts/accounts.store.ts';
import { changeRoles } from '../../accounts/change-roles.ts';
import { ROLES } from '../../accounts/role.ts';
import type { AccountId } from '../../kernel/ids.ts';
import { ok, type Result, refuse } from '../../kernel/refusals.ts';
import type { Caller } from '../../oidc/bearer.ts';
import { changeProfile } from '../../provisioning/change-profile.ts';
import { changeStatus } from '../../provisioning/change-status.ts';
import { createAccount, type Provisioner } from '../../provisioning/create-account.ts';
import type { Db } from '../../store/database.ts';
import { type Operation, operation } from './operation.ts';
import { paged, pageOf, pageQuery } from './page.ts';

const params = z.object({ id: z.string().max(64) });
const kind = z.enum(['personal', 'enterprise', 'special_industry']);
const status = z.enum(['normal', 'restricted', 'frozen', 'closed']);
const platform = z.string().regex(/^[a-z][a-z0-9-]{0,31}$/);
const account = z.object({
  id: z.string(),
  platform: z.string(),
  externalId: z.string().nullable(),
  login: z.string(),
  displayName: z.string(),
  kind,
  status,
  qualification: z.enum(['none', 'in_review', 'verified']),
  roles: z.array(z.enum(ROLES)),
});
const profile = {
  login: z.string(),
  displayName: z.string(),
  avatarUrl: z.string().nullable(),
  kind,
};

const roleParams = params.extend({ role: z.enum(ROLES) });

/** What becomes of a role, from one request. */
function roleOperation(
  change: 'grant' | 'withdraw' | 'confirm',
  one: Pick<Operation, 'method' | 'path' | 'summary'>,
): Operation {
  return operation({
    ...one,
    scope: 'accounts:write',
    params: roleParams,
    answer: z.object({ done: z.enum(['granted', 'asked', 'withdrawn', 'dropped']) }),
    async run({ db }, { params: { id, role }, caller }) {
      const found = await ofCaller(db, id, caller);
      if (!found.ok) return found;
      // Roles reach beyond the platform whose accounts it keeps.
      if (caller.platform !== null) return refuse('not_an_operator', 'API-2R1');
      // A program is no pair of eyes: people make operators (docs/decisions/0033-operators.md).
      if (caller.accountId === null && role === 'operator')
        return refuse('another_operator_needed', 'API-2R0');
      const by = caller.accountId ?? ('system' as const);
      const asked = { kind: change, role, account: found.value.id, by, actor: caller.actor };
      const changed = await changeRoles({ db }, asked);
      return changed.ok ? ok({ done: changed.value }) : changed;
    },
  });
}

export const ACCOUNT_OPERATIONS: readonly Operation[] = [
  operation({
    method: 'get',
    path: '/accounts',
    scope: 'accounts:read',
    summary: 'List the accounts, of all platforms or of one',
    query: pageQuery.extend({ platform: platform.optional() }),
    answer: pageOf(account),
    async run({ db }, { query: { after, limit, ...query }, caller }) {
      const asked = { after, most: limit + 1, platform: caller.platform ?? query.platform ?? null };
      const rows = await listAccounts(db, asked);
      return ok(paged(rows, limit, { show: (row) => row, cursor: ({ id }) => id }));
    },
  }),
  operation({
    method: 'post',
    path: '/accounts',
    scope: 'accounts:write',
    summary: 'Create an account; without platform, one of this service',
    body: z.strictObject({
      ...profile,
      avatarUrl: profile.avatarUrl.default(null),
      kind: kind.default('personal'),
      platform: platform.default(LOCAL_PLATFORM),
      externalId: z.string().nullable().default(null),
    }),
    answer: account,
    created: true,
    async run({ db }, { body: { platform: at, externalId, ...asked }, caller }) {
      const local = at === LOCAL_PLATFORM;
      if (local !== (externalId === null) || (caller.platform ?? at) !== at)
        return refuse('invalid_field', 'API-2A0', { field: 'platform' });
      return await db.transaction(async (tx) => {
        const made = await createAccount(
          tx,
          {
            ...asked,
            at: externalId === null ? null : { platform: at, externalId },
            passwordHash: null,
          },
          by(caller),
        );
        return made.ok ? ok(await getAccount(tx, made.value)) : made;
      });
    },
  }),
  operation({
    method: 'get',
    path: '/accounts/{id}',
    scope: 'accounts:read',
    summary: 'Show an account',
    params,
    answer: account,
    async run({ db }, { params: { id }, caller }) {
      const found = await ofCaller(db, id, caller);
      return found.ok ? ok(shown(found.value)) : found;
    },
  }),
  operation({
    method: 'patch',
    path: '/accounts/{id}',
    scope: 'accounts:write',
    summary: 'Change the profile, kind or status of an account, with what follows for its bindings',
    params,
    body: z.strictObject({ ...profile, status }).partial(),
    answer: account,
    async run({ db }, { params: { id }, body: { status: next, ...changes }, caller }) {
      return await db.transaction(async (tx) => {
        const found = await ofCaller(tx, id, caller);
        if (!found.ok) return found;
        // The profile first: it can be refused, and then nothing is written.
        const given = Object.fromEntries(
          Object.entries(changes).filter(([, value]) => value !== undefined),
        );
        const saved = await changeProfile(tx, found.value.id, given, by(caller));
        if (!saved.ok) return saved;
        const changed = next && (await changeStatus(tx, found.value.id, next, by(caller)));
        if (changed && !changed.ok) return changed;
        return ok(await getAccount(tx, found.value.id));
      });
    },
  }),
  roleOperation('grant', {
    method: 'put',
    path: '/accounts/{id}/roles/{role}',
    summary: 'Grant a role; an operator waits for another operator',
  }),
  roleOperation('withdraw', {
    method: 'delete',
    path: '/accounts/{id}/roles/{role}',
    summary: 'Withdraw a role at once, or drop what waits',
  }),
  roleOperation('confirm', {
    method: 'post',
    path: '/accounts/{id}/roles/{role}/confirmation',
    summary: 'Confirm what another operator asked for',
  }),
];

/** A client that keeps the accounts of one platform sees no others. */
async function ofCaller(
  db: Db,
  id: string,
  { platform: kept }: Caller,
): Promise<Result<Account, 'unknown_account'>> {
  const found = await findAccount(db, id);
  return found && (kept ?? found.platform) === found.platform
    ? ok(found)
    : refuse('unknown_account', 'API-2A1');
}

async function getAccount(db: Db, id: AccountId): Promise<ListedAccount> {
  const found = await findAccount(db, id);
  if (!found) throw new Error(`account ${id} is gone`);
  return shown(found);
}

function shown(found: Account): ListedAccount {
  const { id, externalId, login, displayName, qualification, roles } = found;
  const { platform: at, kind: its, status: now } = found;
  return {
    id,
    platform: at,
    externalId,
    login,
    displayName,
    kind: its,
    status: now,
    qualification,
    roles,
  };
}

function by({ actor }: Caller): Provisioner {
  return { actor, origin: 'admin_api' };
}

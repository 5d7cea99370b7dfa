import type { Account } from '../accounts/account.ts';
import { findAccounts } from '../accounts/accounts.store.ts';
import type { AccountId } from '../kernel/ids.ts';
import type { FoundAppeal } from '../review/appeal.ts';
import { findAppeals } from '../review/appeals.store.ts';
import { findApp } from './apps.store.ts';
import type { BindingDeps } from './deps.ts';
import { appealView, hintAt, type RefusalView, refusedBy } from './refusal.ts';
import { findRefusalOf, findRefusalsOf, type StoredRefusal } from './refusals.store.ts';
import { packOf } from './request-pack.ts';

type Deps = Pick<BindingDeps, 'db' | 'packs'>;

/** The refused requests in which an account was a side, newest first (R23). */
export async function findRefusals(
  deps: Deps,
  { account }: { readonly account: AccountId },
): Promise<readonly RefusalView[]> {
  return await describe(deps, await findRefusalsOf(deps.db, account), account);
}

/** One refused request; undefined for an account that was not a side. */
export async function findRefusal(
  deps: Deps,
  { account, requestId }: { readonly account: AccountId; readonly requestId: string },
): Promise<RefusalView | undefined> {
  const found = await findRefusalOf(deps.db, requestId, account);
  return found && (await describe(deps, [found], account))[0];
}

async function describe(
  deps: Deps,
  refusals: readonly StoredRefusal[],
  viewer: AccountId,
): Promise<readonly RefusalView[]> {
  if (refusals.length === 0) return [];
  const others = refusals.map((refusal) => otherThan(refusal, viewer)).filter((id) => id !== null);
  const clients = [...new Set(refusals.map(({ client_id }) => client_id))];
  const [packs, accounts, appeals, apps] = await Promise.all([
    Promise.all(
      refusals.map(async (refusal) => ({ refusal, pack: await packOf(deps, refusal, deps.db) })),
    ),
    findAccounts(deps.db, [viewer, ...others]),
    findAppeals(deps.db, { kind: 'binding_request', ids: refusals.map(({ id }) => id) }),
    Promise.all(clients.map(async (id) => await findApp(deps.db, id))),
  ]);
  return packs.map(({ refusal, pack: { id, title, review } }): RefusalView => {
    const { name, uri } = apps.find(({ clientId }) => clientId === refusal.client_id) ?? {
      name: refusal.client_id,
      uri: null,
    };
    return {
      requestId: refusal.id,
      app: { name, uri },
      pack: { id, title },
      role: roleOf(refusal, viewer),
      counterpart: nameOf(otherThan(refusal, viewer), accounts, viewer),
      ...outcomeOf(refusal, appeals.get(refusal.id), review.appealDays),
    };
  });
}

function outcomeOf(refusal: StoredRefusal, appeal: FoundAppeal | undefined, appealDays: number) {
  const by = refusedBy(refusal);
  const { refused_at: refusedAt, cleared_until: clearedUntil, now } = refusal;
  return {
    refusal: refusal.refusal,
    refusedBy: by,
    refusedAt,
    appeal: appealView({ by, refusedAt, clearedUntil, appealDays, now }, appeal),
  };
}

function otherThan({ primary_id, sub_id }: StoredRefusal, viewer: AccountId): AccountId | null {
  return primary_id === viewer ? sub_id : primary_id;
}

/** Before anybody answered, only the initiator sees it. */
function roleOf({ primary_id, role }: StoredRefusal, viewer: AccountId): StoredRefusal['role'] {
  if (primary_id === null) return role;
  return primary_id === viewer ? 'primary' : 'sub';
}

/** The name only where both accounts are one owner's: trying a code must not tell a name. */
function nameOf(
  counterparty: AccountId | null,
  accounts: ReadonlyMap<AccountId, Account>,
  viewer: AccountId,
): string | null {
  const account = counterparty === null ? undefined : accounts.get(counterparty);
  if (!account) return null;
  const owner = accounts.get(viewer)?.ownerId ?? null;
  return owner !== null && owner === account.ownerId
    ? account.displayName
    : hintAt(account.displayName);
}

import type { AccountId } from '../kernel/ids.ts';
import { ok, type Refusal, type Result, recoded, refuse } from '../kernel/refusals.ts';
import { changeProfile } from '../provisioning/change-profile.ts';
import { changeStatus } from '../provisioning/change-status.ts';
import type { Provisioner } from '../provisioning/create-account.ts';
import { setExternalId } from '../provisioning/set-external-id.ts';
import { tieOwnerByReference } from '../provisioning/tie-owner.ts';
import type { Tx } from '../store/database.ts';
import type { Keeper, UserDeps } from './deps.ts';
import type { ScimCode } from './scim-errors.ts';
import { type SaidUser, statusOf, type User } from './user.ts';

/** What refusals of the provisioning room are in SCIM. */
const CODES = {
  invalid_field: 'invalid_value',
  invalid_reference: 'invalid_value',
  login_taken: 'name_taken',
  external_id_taken: 'name_taken',
  external_id_set: 'unchangeable',
  kind_in_use: 'kind_in_use',
  owner_kind_differs: 'invalid_value',
  owner_differs: 'owner_differs',
  unknown_account: 'unknown_resource',
} as const satisfies Record<string, ScimCode>;

export function inScim(refused: Refusal<keyof typeof CODES>): {
  readonly ok: false;
  readonly refusal: Refusal<ScimCode>;
} {
  return { ok: false, refusal: recoded(refused, CODES[refused.code]) };
}

export function actorOf({ clientId }: Keeper): Provisioner {
  return { actor: clientId, origin: 'scim' };
}

/** Makes a locked account what its platform says; what it does not say stays. */
export async function saveUser(
  tx: Tx,
  { keeper, user, said }: { readonly keeper: Keeper; readonly user: User; readonly said: SaidUser },
): Promise<Result<null, ScimCode>> {
  const by = actorOf(keeper);
  const { externalId } = said;
  if (externalId !== undefined && externalId !== user.externalId) {
    const set = await setExternalId(tx, user.id, externalId, by);
    if (!set.ok) return inScim(set.refusal);
  }
  const changes = {
    ...(said.userName === undefined ? {} : { login: said.userName }),
    ...(said.displayName === undefined ? {} : { displayName: said.displayName }),
    ...(said.kind === undefined ? {} : { kind: said.kind }),
    avatarUrl: said.photo ?? null,
  };
  if (differs(user, said)) {
    const changed = await changeProfile(tx, user.id, changes, by);
    if (!changed.ok) return inScim(changed.refusal);
  }
  const status = statusOf(said, user.status);
  if (status !== user.status) {
    const changed = await changeStatus(tx, user.id, status, by);
    if (!changed.ok) return inScim(changed.refusal);
  }
  return ok(null);
}

/** Only where the operator believes what the client says of owners (R44). */
export async function tieOwner(
  tx: Tx,
  deps: UserDeps,
  {
    keeper,
    id,
    reference,
  }: {
    readonly keeper: Keeper;
    readonly id: AccountId;
    readonly reference: string | undefined;
  },
): Promise<Result<null, ScimCode>> {
  if (reference === undefined) return ok(null);
  if (!keeper.believed) return refuse('not_believed', 'SCIM-1S0', { field: 'ownerReference' });
  const { platform } = keeper;
  const tied = await tieOwnerByReference(
    tx,
    deps,
    { accountId: id, platform, reference },
    actorOf(keeper),
  );
  return tied.ok ? ok(null) : inScim(tied.refusal);
}

function differs(user: User, said: SaidUser): boolean {
  return (
    (said.userName !== undefined && said.userName !== user.userName) ||
    (said.displayName !== undefined && said.displayName !== user.displayName) ||
    (said.photo ?? null) !== user.photo ||
    (said.kind !== undefined && said.kind !== user.kind)
  );
}

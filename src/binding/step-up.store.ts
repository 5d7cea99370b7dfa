import type { FactorKind } from '../accounts/factor.ts';
import type { AccountId, BindingRequestId } from '../kernel/ids.ts';
import type { Pack } from '../policy/pack.ts';
import { type Asked, NOTHING_ASKED } from '../policy/step-up.ts';
import type { Verdict } from '../policy/verdict.ts';
import type { Db, Tx } from '../store/database.ts';
import { sql } from '../store/sql.ts';
import type { Side } from './binding-request.ts';
import type { StoredRequest } from './request-row.ts';
import { type Abilities, askable, MOST_CHECKS } from './step-up.ts';

interface AbilitiesRow {
  readonly factors: readonly FactorKind[];
  readonly young: boolean;
  readonly person: boolean;
  readonly failed: number;
  readonly waiting: boolean;
}

interface Whose {
  readonly request: BindingRequestId;
  readonly side: Side;
  readonly account: AccountId;
  readonly factorDays: number;
}

/**
 * What one side can prove with: factors that are old enough, and a face that can still be checked.
 */
export async function findAbilities(
  db: Db,
  { request, side, account, factorDays }: Whose,
): Promise<Abilities> {
  const [row] = await db.query<AbilitiesRow>(sql`
    with factor as (
      select kind, enrolled_at <= bindery_now() - make_interval(days => ${factorDays}::int) as old
        from enrolled_factors where account_id = ${account}),
    checks as (
      select state from face_checks where request_id = ${request} and side = ${side})
    select (select coalesce(json_agg(distinct kind), '[]') from factor where old) as factors,
           exists (select 1 from factor where not old) as young,
           exists (select 1 from account_cards a join present_owners o on o.id = a.owner_id
                    where a.id = ${account} and o.kind = 'person' and o.verified_at is not null) as person,
           (select count(*) from checks where state = 'failed')::int as failed,
           exists (select 1 from checks where state = 'waiting') as waiting`);
  if (!row) throw new Error('a select of scalars gave no row');
  const { factors, young, person, failed, waiting } = row;
  return {
    factors,
    young,
    check: person && (waiting || failed < MOST_CHECKS),
    checking: waiting,
    failed,
  };
}

/**
 * What is asked, if the sides can show it; nothing otherwise. Only a `step_up` reads the database.
 */
export async function findAskable(
  tx: Tx,
  {
    stored,
    counterparty,
    pack,
    asked,
    verdict,
  }: {
    readonly stored: StoredRequest;
    readonly counterparty: AccountId;
    readonly pack: Pack;
    readonly asked: Asked;
    readonly verdict: Verdict;
  },
): Promise<Asked> {
  if (verdict !== 'step_up' || stored.initiatorId === null) return NOTHING_ASKED;
  const whose = { request: stored.id, factorDays: pack.stepUp.factorDays };
  return askable(asked, {
    initiator: await findAbilities(tx, {
      ...whose,
      side: 'initiator',
      account: stored.initiatorId,
    }),
    counterparty: await findAbilities(tx, {
      ...whose,
      side: 'counterparty',
      account: counterparty,
    }),
  });
}

import { appendAudit } from '../audit/audit-log.store.ts';
import type { Tx } from '../store/database.ts';
import { endCeremonies } from './ceremonies.store.ts';
import type { AccountNews, FactorDeps } from './deps.ts';
import type { Factor } from './factor.ts';

interface Changed {
  readonly account: AccountNews['account'];
  readonly what: 'factor.enrolled' | 'factor.removed';
  readonly factor: Pick<Factor, 'id' | 'kind'>;
  /** Account id, or 'system'. */
  readonly by: string;
}

/**
 * What every change of factors needs: an audit row, a notice, and the end of ceremonies begun
 * before it.
 */
export async function recordFactorChange(
  tx: Tx,
  { tell }: Pick<FactorDeps, 'tell'>,
  { account, what, factor, by }: Changed,
): Promise<void> {
  await endCeremonies(tx, account);
  await appendAudit(tx, {
    action: what,
    subject: account,
    actor: by,
    detail: { factor: factor.id, kind: factor.kind },
  });
  await tell(tx, { account, what, kind: factor.kind });
}

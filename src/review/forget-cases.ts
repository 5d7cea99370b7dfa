import type { AccountId } from '../kernel/ids.ts';
import type { Tx } from '../store/database.ts';
import { eraseWords } from './cases.store.ts';
import { dropCasesAbout } from './drop-case.ts';

/**
 * An account's owner is forgotten: nobody need decide anything about it any more, and what people wrote of it is gone.
 * That there was a case, how it ended and by whom, stays. A binding that waits for people is left to them: an app waits for
 * its answer, and whatever they say it is refused, since nobody is verified any more. Before owners and accounts are locked.
 */
export async function forgetCases(
  tx: Tx,
  applicant: AccountId,
  { by }: { readonly by: string },
): Promise<void> {
  await dropCasesAbout(
    tx,
    applicant,
    { by, because: 'forgotten' },
    ({ subject, appeal }) => subject.kind !== 'binding_request' || appeal !== null,
  );
  await eraseWords(tx, applicant);
}

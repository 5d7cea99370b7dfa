import { errors } from 'oidc-provider';
import { refusedAt } from './refusals.ts';

/**
 * Rejects `authorization_details` that oidc-provider ignores or refuses without a reason. It treats
 * an empty list as missing. A member called `constructor` makes an object not plain for it.
 */
export function checkDetailsList(raw: unknown): void {
  const details = typeof raw === 'string' ? listIn(raw) : undefined;
  if (details?.length === 0) {
    const problem =
      'the list is empty: ask for one authorization details object, or leave the parameter out';
    throw refusedAt('OIDC-1L0', new errors.InvalidAuthorizationDetails(problem));
  }
  if (
    details?.some(
      (detail) =>
        typeof detail === 'object' && detail !== null && Object.hasOwn(detail, 'constructor'),
    )
  ) {
    throw refusedAt(
      'OIDC-1L1',
      new errors.InvalidAuthorizationDetails('constructor: is not a known member'),
    );
  }
}

/** Undefined if it is no list; oidc-provider reports that itself. */
function listIn(raw: string): readonly unknown[] | undefined {
  try {
    const parsed: unknown = JSON.parse(raw);
    return Array.isArray(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

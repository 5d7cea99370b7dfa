import { errors } from 'oidc-provider';
import { refusedAt } from './refusals.ts';

/**
 * What oidc-provider passes over in `authorization_details`, or refuses without saying why: an
 * empty list, which it takes for none, and a member called `constructor`, which makes an object
 * look like no plain object to it.
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

/** Undefined for what is no list, which oidc-provider says itself. */
function listIn(raw: string): readonly unknown[] | undefined {
  try {
    const parsed: unknown = JSON.parse(raw);
    return Array.isArray(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

import type { Refusal } from '../kernel/refusals.ts';
import { BEARER_STATUS } from '../oidc/bearer.ts';

const ERROR_SCHEMA = 'urn:ietf:params:scim:api:messages:2.0:Error';

interface ScimError {
  readonly status: number;
  /** RFC 7644 §3.12 table 9, and RFC 9865 §2.2. */
  readonly scimType?: string;
  readonly detail: string;
}

/** What each refusal is in SCIM. Details name attributes, and never repeat what was sent. */
// biome-ignore format: a table is read by its columns
export const SCIM_ERRORS = {
  no_token:            { status: BEARER_STATUS.no_token, detail: 'An access token is needed.' },
  invalid_token:       { status: BEARER_STATUS.invalid_token, detail: 'The access token does not hold.' },
  insufficient_scope:  { status: BEARER_STATUS.insufficient_scope, detail: 'The access token needs the scope accounts:write.' },
  no_platform:         { status: 403, detail: 'This client keeps the accounts of no platform.' },
  no_filter_here:      { status: 403, detail: 'These resources cannot be filtered.' },
  unknown_resource:    { status: 404, detail: 'There is no such resource.' },
  unknown_endpoint:    { status: 404, detail: 'There is no such endpoint.' },
  wrong_method:        { status: 405, detail: 'This endpoint does not know this method.' },
  not_implemented:     { status: 501, detail: 'There is no resource of the client itself.' },
  stale_version:       { status: 412, detail: 'The account changed since; read it again.' },
  body_too_large:      { status: 413, detail: 'The body is longer than 1,048,576 bytes.' },
  too_many_operations: { status: 413, detail: 'There are more than 1,000 operations.' },
  unknown_media_type:  { status: 415, detail: 'The body must be application/scim+json.' },
  invalid_syntax:      { status: 400, scimType: 'invalidSyntax', detail: 'The body is not a message of this endpoint.' },
  invalid_filter:      { status: 400, scimType: 'invalidFilter', detail: 'The filter cannot be read.' },
  filter_too_large:    { status: 400, scimType: 'invalidFilter', detail: 'The filter has too many terms or is too deep.' },
  too_many:            { status: 400, scimType: 'tooMany', detail: 'The filter takes longer than the server looks; make it narrower.' },
  unknown_attribute:   { status: 400, scimType: 'invalidFilter', detail: 'The filter names an attribute that is not kept.' },
  invalid_path:        { status: 400, scimType: 'invalidPath',   detail: 'The path names no attribute.' },
  no_target:           { status: 400, scimType: 'noTarget',      detail: 'The path matches nothing.' },
  invalid_value:       { status: 400, scimType: 'invalidValue',  detail: 'A value does not fit its attribute.' },
  unchangeable:        { status: 400, scimType: 'mutability',    detail: 'This attribute cannot be changed so.' },
  kind_in_use:         { status: 400, scimType: 'mutability',    detail: 'The kind of a verified or bound account stays.' },
  name_taken:          { status: 409, scimType: 'uniqueness',    detail: 'Another account of the platform has it.' },
  owner_differs:       { status: 409, detail: 'The account or the reference belongs to another owner.' },
  not_believed:        { status: 403, detail: 'The operator does not believe what this client says of owners.' },
  circular_reference:  { status: 409, detail: 'Operations refer to each other in a circle.' },
  unknown_reference:   { status: 409, detail: 'An operation refers to a bulkId that made nothing.' },
  invalid_cursor:      { status: 400, scimType: 'invalidCursor', detail: 'The cursor is not one of this server.' },
  invalid_count:       { status: 400, scimType: 'invalidCount',  detail: 'The count is not a number.' },
  database_down:       { status: 503, detail: 'The server cannot reach its database; try again shortly.' },
  failed:              { status: 500, detail: 'The server failed.' },
} as const satisfies Record<string, ScimError>;

export type ScimCode = keyof typeof SCIM_ERRORS;

/** Where our names of fields differ from those of SCIM. */
const NAMES: Readonly<Record<string, string>> = { login: 'userName', avatarUrl: 'photos' };

export interface ErrorBody {
  readonly schemas: readonly [typeof ERROR_SCHEMA];
  readonly status: string;
  readonly scimType?: string;
  readonly detail: string;
}

/** The body of RFC 7644 §3.12. */
export function errorBody({ code, detail: more }: Refusal<ScimCode>): ErrorBody {
  const { status, detail, ...rest }: ScimError = SCIM_ERRORS[code];
  const field = typeof more?.field === 'string' ? ` (${NAMES[more.field] ?? more.field})` : '';
  return { schemas: [ERROR_SCHEMA], status: String(status), ...rest, detail: `${detail}${field}` };
}

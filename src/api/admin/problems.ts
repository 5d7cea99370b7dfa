import type { FieldRefusal } from '../../accounts/account-fields.ts';
import type { RoleRefusal } from '../../accounts/role.ts';
import type { BearerRefusal } from '../../oidc/bearer.ts';
import type { AppRefusal } from '../../oidc/manage-apps.ts';
import type { ProfileRefusal } from '../../provisioning/change-profile.ts';
import type { CreateRefusal } from '../../provisioning/create-account.ts';
import type { OperateRefusal } from '../../provisioning/operate-binding.ts';

/** Why an operation of the admin API is refused. */
export type AdminRefusal =
  | BearerRefusal
  | AppRefusal
  | RoleRefusal
  | FieldRefusal
  | CreateRefusal
  | ProfileRefusal
  | OperateRefusal
  | 'unknown_account'
  | 'malformed_request'
  | 'unknown_media_type'
  | 'body_too_large';

/** RFC 9457: the status, and the title that is the same for each problem of the kind. */
// biome-ignore format: a table is read by its columns
export const ADMIN_PROBLEMS = {
  no_token:                { status: 401, title: 'An access token is needed' },
  invalid_token:           { status: 401, title: 'The access token is not valid' },
  insufficient_scope:      { status: 403, title: 'The access token does not allow this' },
  malformed_request:       { status: 400, title: 'The request is malformed' },
  unknown_media_type:      { status: 415, title: 'The body is not application/json' },
  body_too_large:          { status: 413, title: 'The body is too large' },
  not_an_operator:         { status: 403, title: 'Only an operator may do this' },
  invalid_app:             { status: 422, title: 'The app cannot be saved like this' },
  unknown_app:             { status: 404, title: 'There is no such app' },
  app_id_taken:            { status: 409, title: 'There is an app of this id' },
  no_secret:               { status: 409, title: 'The app has no secret' },
  rotation_under_way:      { status: 409, title: 'The old secret still works' },
  app_unchanged:           { status: 409, title: 'The app is so already' },
  app_switched_on:         { status: 409, title: 'The app has to be switched off first' },
  own_role:                { status: 403, title: 'Nobody adds to their own roles' },
  role_held:               { status: 409, title: 'The account has the role' },
  role_not_held:           { status: 409, title: 'The account does not have the role' },
  account_not_normal:      { status: 409, title: 'The account is restricted, frozen or closed' },
  last_operator:           { status: 409, title: 'The last operator stays' },
  already_asked:           { status: 409, title: 'It waits for another operator already' },
  not_asked_for:           { status: 409, title: 'Nobody asked for it' },
  another_operator_needed: { status: 403, title: 'Another operator is needed' },
  unknown_account:         { status: 404, title: 'There is no such account' },
  invalid_field:           { status: 422, title: 'A field is too long, empty, or has hidden characters' },
  login_taken:             { status: 409, title: 'The login is taken' },
  external_id_taken:       { status: 409, title: 'The external id is taken' },
  kind_in_use:             { status: 409, title: 'Its evidence or bindings rest on its kind' },
  unknown_binding:         { status: 404, title: 'There is no such binding' },
  binding_unchanged:       { status: 409, title: 'The state of the binding does not allow this' },
} as const satisfies Record<AdminRefusal, { status: number; title: string }>;

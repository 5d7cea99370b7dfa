import type { CopyKey } from './i18n.ts';

/**
 * All error pages: status, and where they are shown, on a page of their own (`page`) or above the
 * form that caused them (`form`). Each has four sentences of copy: title, what happened, what was
 * kept, what to do next. The copy stands in the journey that uses the code, or in core.
 */
// biome-ignore format: a table is read by its columns
export const ERROR_PAGES = {
  // an approval session and its links
  unknown_approval_session:    { status: 404, where: 'page' },
  dead_link:          { status: 410, where: 'page' },
  request_over:       { status: 409, where: 'form' },
  stale_sign_in:      { status: 403, where: 'form' },
  other_page:         { status: 409, where: 'page' },
  not_asked:          { status: 409, where: 'form' },
  not_enough:         { status: 422, where: 'form' },
  factor_too_young:   { status: 422, where: 'form' },
  check_under_way:    { status: 409, where: 'form' },
  too_many_checks:    { status: 429, where: 'form' },
  rules_changed:      { status: 409, where: 'page' },
  // the code
  malformed_code:     { status: 422, where: 'form' },
  wrong_code:         { status: 422, where: 'form' },
  too_many_codes:     { status: 429, where: 'form' },
  // signing in
  wrong_credentials:  { status: 422, where: 'form' },
  passkey_refused:    { status: 422, where: 'form' },
  too_many_attempts:  { status: 429, where: 'form' },
  same_account:       { status: 422, where: 'form' },
  // signing in at a platform
  upstream_unknown:       { status: 404, where: 'form' },
  upstream_unavailable:   { status: 503, where: 'form' },
  upstream_refused:       { status: 403, where: 'page' },
  upstream_invalid:       { status: 422, where: 'page' },
  upstream_over:          { status: 410, where: 'form' },
  upstream_stale:         { status: 403, where: 'page' },
  upstream_account:       { status: 403, where: 'form' },
  upstream_identity:      { status: 422, where: 'page' },
  other_account:          { status: 422, where: 'form' },
  // an app's request
  interaction_gone:   { status: 410, where: 'page' },
  app_disabled:       { status: 410, where: 'page' },
  oauth:              { status: 400, where: 'page' },
  // bindings and review
  unknown_binding:    { status: 404, where: 'page' },
  not_suspendable:    { status: 409, where: 'page' },
  not_free:           { status: 409, where: 'page' },
  grade_unchanged:    { status: 409, where: 'page' },
  not_a_reviewer:     { status: 403, where: 'page' },
  related_party:      { status: 403, where: 'page' },
  unknown_case:       { status: 404, where: 'page' },
  already_decided:    { status: 409, where: 'page' },
  reason_missing:     { status: 422, where: 'form' },
  own_decision:       { status: 403, where: 'page' },
  not_looked_at:      { status: 409, where: 'form' },
  second_person_needed: { status: 409, where: 'page' },
  not_an_operator:    { status: 403, where: 'page' },
  // roles
  role_unchanged:     { status: 409, where: 'page' },
  own_role:           { status: 403, where: 'page' },
  last_operator:      { status: 409, where: 'page' },
  another_operator_needed: { status: 403, where: 'page' },
  account_not_normal: { status: 409, where: 'page' },
  unknown_person:     { status: 404, where: 'page' },
  bootstrap_over:     { status: 410, where: 'page' },
  // apps
  unknown_app:        { status: 404, where: 'page' },
  app_unchanged:      { status: 409, where: 'page' },
  rotation_under_way: { status: 409, where: 'page' },
  app_id_taken:       { status: 409, where: 'form' },
  // documents and signings, as reviewers see them
  dead_document_link:     { status: 410, where: 'page' },
  unknown_document:       { status: 404, where: 'page' },
  document_not_shown:     { status: 422, where: 'page' },
  unknown_signing:        { status: 404, where: 'page' },
  malformed_time:         { status: 422, where: 'form' },
  place_missing:          { status: 422, where: 'form' },
  in_the_past:            { status: 422, where: 'form' },
  not_appointed:          { status: 409, where: 'page' },
  already_attested:       { status: 409, where: 'page' },
  another_witness_needed: { status: 409, where: 'page' },
  before_the_appointment: { status: 409, where: 'page' },
  after_the_appointment:  { status: 409, where: 'page' },
  // saying who one is, and proving it
  malformed_number:          { status: 422, where: 'form' },
  wrong_check_digit:         { status: 422, where: 'form' },
  malformed_name:            { status: 422, where: 'form' },
  malformed_representative:  { status: 422, where: 'form' },
  malformed_bank_account:    { status: 422, where: 'form' },
  already_verified:          { status: 409, where: 'form' },
  other_owner:               { status: 409, where: 'form' },
  too_many_claims:           { status: 429, where: 'form' },
  outdated_text:             { status: 409, where: 'form' },
  not_declared:              { status: 409, where: 'form' },
  document_missing:          { status: 422, where: 'form' },
  document_too_large:        { status: 413, where: 'form' },
  document_type:             { status: 415, where: 'form' },
  document_unreadable:       { status: 422, where: 'form' },
  document_too_small:        { status: 422, where: 'form' },
  document_active:           { status: 422, where: 'form' },
  document_infected:         { status: 422, where: 'form' },
  malformed_date:            { status: 422, where: 'form' },
  out_of_date:               { status: 422, where: 'form' },
  already_under_way:         { status: 409, where: 'form' },
  too_many_pieces:           { status: 429, where: 'form' },
  keys_unavailable:          { status: 503, where: 'form' },
  unknown_evidence:          { status: 404, where: 'page' },
  evidence_over:             { status: 409, where: 'page' },
  malformed_amount:          { status: 422, where: 'form' },
  wrong_amount:              { status: 422, where: 'form' },
  deposit_over:              { status: 409, where: 'page' },
  deposit_not_sent:          { status: 409, where: 'page' },
  not_a_company:             { status: 409, where: 'page' },
  same_company:              { status: 422, where: 'form' },
  unknown_confirmation:      { status: 404, where: 'form' },
  // appeals
  text_missing:              { status: 422, where: 'form' },
  nothing_to_appeal:         { status: 409, where: 'page' },
  already_appealed:          { status: 409, where: 'page' },
  appeal_too_late:           { status: 409, where: 'page' },
  unknown_refusal:           { status: 404, where: 'page' },
  // one's own data
  wrong_password:            { status: 422, where: 'form' },
  malformed_contact:         { status: 422, where: 'form' },
  too_many_messages:         { status: 429, where: 'form' },
  wrong_contact_code:        { status: 422, where: 'form' },
  invalid_field:             { status: 422, where: 'form' },
  login_taken:               { status: 409, where: 'form' },
  weak_password:             { status: 422, where: 'form' },
  last_passkey:              { status: 409, where: 'form' },
  unknown_contact:           { status: 404, where: 'page' },
  platform_keeps_account:    { status: 409, where: 'page' },
  roles_held:                { status: 409, where: 'form' },
  already_closed:            { status: 409, where: 'page' },
  still_bound:               { status: 409, where: 'form' },
  consent_not_given:         { status: 409, where: 'page' },
  malformed_value:           { status: 422, where: 'form' },
  not_correctable:           { status: 422, where: 'form' },
  correction_under_way:      { status: 409, where: 'form' },
  // the operator's board
  malformed_day:             { status: 422, where: 'form' },
  days_reversed:             { status: 422, where: 'form' },
  too_many_days:             { status: 422, where: 'form' },
  unknown_step:              { status: 422, where: 'form' },
  unknown_pack:              { status: 422, where: 'form' },
  // second factors
  wrong_proof:               { status: 422, where: 'form' },
  proof_missing:             { status: 422, where: 'form' },
  no_such_factor:            { status: 422, where: 'form' },
  too_many_proofs:           { status: 429, where: 'form' },
  too_many_factors:          { status: 409, where: 'form' },
  wrong_app_code:            { status: 422, where: 'form' },
  already_enrolled:          { status: 409, where: 'page' },
  enrolment_over:            { status: 409, where: 'page' },
  unknown_factor:            { status: 404, where: 'page' },
  // any form, any page
  forged_form:        { status: 403, where: 'page' },
  cookies_missing:    { status: 403, where: 'page' },
  too_large:          { status: 413, where: 'page' },
  bad_form:           { status: 400, where: 'page' },
  not_found:          { status: 404, where: 'page' },
  method_not_allowed: { status: 405, where: 'page' },
  unavailable:        { status: 503, where: 'page' },
  scanner_unavailable: { status: 503, where: 'page' },
  broken:             { status: 500, where: 'page' },
} as const satisfies Record<string, { status: number; where: 'page' | 'form' }>;

export type ErrorPageCode = keyof typeof ERROR_PAGES;

export const PARTS = ['title', 'what', 'kept', 'next'] as const;

/** Does not compile for a code that lacks one of its four sentences. */
export function errorCopy(code: ErrorPageCode, part: (typeof PARTS)[number]): CopyKey {
  return `error.${code}.${part}`;
}

/** Seconds for `Retry-After`. */
export const RETRY_AFTER: Partial<Record<ErrorPageCode, number>> = {
  too_many_codes: 300,
  too_many_attempts: 300,
  too_many_proofs: 900,
  too_many_messages: 3_600,
  unavailable: 5,
  scanner_unavailable: 60,
};

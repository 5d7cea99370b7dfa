import type { Track } from './track.ts';

/** Consents that are asked for separately before sensitive data is processed (PIPL art. 14, 29). */
export const CONSENTS = [
  'identity_documents',
  'biometrics',
  'business_records',
  'identity_check',
] as const;

export type ConsentKind = (typeof CONSENTS)[number];

export type ConsentLanguage = 'zh-CN' | 'en';

/** The consent that an account needs before it may say whom it belongs to. */
// biome-ignore format: a table is read by its columns
export const CONSENT_TO_DECLARE = {
  personal:         'identity_documents',
  enterprise:       'business_records',
  special_industry: 'business_records',
  practitioner:     'identity_documents',
} as const satisfies Record<Track, ConsentKind>;

/**
 * The version of each text that is shown now. A changed text gets a new version, so that it is
 * known who agreed to what.
 */
// biome-ignore format: a table is read by its columns
export const CONSENT_VERSIONS = {
  identity_documents: 1,
  biometrics:         1,
  business_records:   1,
  identity_check:     1,
} as const satisfies Record<ConsentKind, number>;

/** SHA-256 of the texts in the copy, as base64url. A stored consent leads to the exact text. */
// biome-ignore format: a table is read by its columns
export const CONSENT_TEXTS = {
  identity_documents: { 'zh-CN': 'T7bRVwjCQdv8p3W65M3RZa_cenelpd0ZtbVUebxDXoA', en: 'n0c0MtkhJjb4YwQ-_f4PviNcOHv3irO4-ezfaHSg81I' },
  biometrics:         { 'zh-CN': 'Ih9H2yLy9BNitUNWRpT4S7QdSakFx27H3Fn9q5Epbbw', en: 'hXQEyDp4T5b_tUBSd_PhYrFJ5R14fsbZZK1k8HZriII' },
  business_records:   { 'zh-CN': 'ISz8MboaT_S30lYsMCHHSw8RZTB05TtY5h_v-6sZfz0', en: 'nTzftlZead7jta1-ZzGwo3OsrIuNEgS7mRUx1KQbn-M' },
  identity_check:     { 'zh-CN': 'VeWe5ZrcJpc87EI2IClRlRRUL97hgB_OVvC9QWbdweE', en: 'OA5s4Mzv8R1udVrUCnwkvoPkBTo-XqKtDcnX7LkVwX8' },
} as const satisfies Record<ConsentKind, Record<ConsentLanguage, string>>;

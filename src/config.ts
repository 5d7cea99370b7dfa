import { resolve } from 'node:path';
import { z } from 'zod';
import { type MessageSettings, parseMessageSettings } from './accounts/message-settings.ts';
import { isPlainPath } from './kernel/issuer.ts';
import { DAY, HOUR } from './kernel/time.ts';
import { LIFETIMES, type Lifetimes } from './lifetimes.ts';
import { parseKeyring } from './owners/keyring.ts';
import { type KeyringSource, keyringSource } from './owners/open-custody.ts';
import { demoPlatformAt } from './platforms/demo-platform.ts';
import { type ReadSecret, secretsOf } from './platforms/read-secret.ts';
import { type AddressBookSource, parseAddressBook } from './risk/address-book-source.ts';
import { blank, withFiles } from './variables.ts';

const flag = z
  .enum(['true', 'false', '1', '0', 'on', 'off', ''])
  .transform((value) => value === 'true' || value === '1' || value === 'on');
/** The number of proxies in front; true means one and false means none. */
const hops = z
  .enum(['true', 'on', 'false', 'off', ''])
  .transform((word) => (word === 'true' || word === 'on' ? 1 : 0))
  .or(z.coerce.number('is true, false or the number of proxies').int().min(0).max(16));
const days = z.coerce.number().int().min(1).max(90);
const port = z.coerce.number().int().min(0).max(65_535);

/** Every variable that Bindery reads. A test compares this table with `.env.example`. */
const ENVIRONMENT = z.object({
  NODE_ENV: z.enum(['production', 'development', 'test']).default('development'),
  PORT: port.default(3000),
  HOST: z.string().optional(),
  ISSUER: z.url({ protocol: /^https?$/ }).optional(),
  DATABASE_URL: z.string().optional(),
  DATABASE_POOL: z.coerce.number().int().min(2).max(200).default(10),
  DATA_DIR: z.string().default('.data'),
  DEMO: flag.optional(),
  WORKERS: z.coerce.number().int().min(1).max(64).default(1),
  TRUST_PROXY: hops.default(0),
  MANAGEMENT_PORT: port.default(9000),
  MANAGEMENT_HOST: z.string().default('127.0.0.1'),
  SECRETS_INSTALLATION: z.string().optional(),
  SECRETS_KEYRING: z.string().optional(),
  VERIFICATION_URL: z.url({ protocol: /^https?$/ }).optional(),
  SECRETS_VERIFICATION: z.string().optional(),
  CLAMAV_HOST: z.string().optional(),
  CLAMAV_PORT: port.default(3310),
  DOCUMENTS_BUCKET: z.string().optional(),
  DOCUMENTS_ENDPOINT: z.url({ protocol: /^https?$/ }).optional(),
  SIGN_UP: flag.default(false),
  SMTP_URL: z.url({ protocol: /^smtps?$/ }).optional(),
  MESSAGES_FROM: z.string().optional(),
  SMS_URL: z.url({ protocol: /^https?$/ }).optional(),
  SECRETS_SMS: z.string().optional(),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  CLOCK: z.enum(['wall', 'controllable']).default('wall'),
  REGISTRATION: flag.optional(),
  PASSWORD_PLATFORMS: z.string().default('local'),
  PACK: z.string().default('douyin'),
  PACKS_DIR: z.string().optional(),
  BRAND_FILE: z.string().optional(),
  PLATFORMS_DIR: z.string().optional(),
  DEMO_PLATFORM_PORT: port.optional(),
  HOOKS_DIR: z.string().optional(),
  DECISION_POINT_URL: z.url({ protocol: /^https?$/ }).optional(),
  SECRETS_DECISION_POINT: z.string().optional(),
  HOOKS_TIMEOUT: z.coerce.number().int().min(10).max(5_000).default(800),
  HOOKS_FAIL: z.enum(['review', 'deny']).default('review'),
  ADDRESS_DATABASE: z.string().optional(),
  ADDRESS_HOSTING: z.string().optional(),
  AUDIT_MONTHS: z.coerce.number().int().min(6).max(1_200).default(36),
  EVENTS_MONTHS: z.coerce.number().int().min(1).max(1_200).default(13),
  ACCESS_TOKEN_SECONDS: z.coerce
    .number()
    .int()
    .min(60)
    .max(HOUR)
    .default(LIFETIMES.oidc.accessToken),
  REFRESH_TOKEN_DAYS: days.default(LIFETIMES.oidc.refreshToken / DAY),
  SESSION_DAYS: days.default(LIFETIMES.oidc.session / DAY),
});

export const VARIABLES = Object.keys(ENVIRONMENT.shape) as readonly (keyof z.infer<
  typeof ENVIRONMENT
>)[];

export interface Config {
  readonly production: boolean;
  readonly port: number;
  readonly host: string | undefined;
  readonly issuer: string;
  /** Undefined: the embedded PostgreSQL under `dataDir`. */
  readonly databaseUrl: string | undefined;
  readonly databasePool: number;
  readonly dataDir: string;
  readonly demo: boolean;
  readonly workers: number;
  /** How many proxies stand in front. Each appends the address it saw. 0: none is trusted. */
  readonly trustProxy: number;
  readonly managementPort: number;
  readonly managementHost: string;
  /** Undefined: a secret is created and kept under `dataDir` (never in production). */
  readonly installationSecret: Buffer | undefined;
  /** The key-encryption keys that wrap the owners' data keys. */
  readonly keyring: KeyringSource;
  /** Who checks evidence. Undefined: a sandbox without real data. */
  readonly verification: { readonly url: string; readonly key: Buffer } | undefined;
  /** Undefined: a sandbox that knows one harmless test virus. */
  readonly clamAv: { readonly host: string; readonly port: number } | undefined;
  /** Undefined: a folder under `dataDir`. */
  readonly documentsBucket:
    | { readonly name: string; readonly endpoint: string | undefined }
    | undefined;
  /** Whether people make accounts of Bindery's own, and get lost ones back. */
  readonly signUp: boolean;
  readonly messages: MessageSettings;
  readonly logLevel: string;
  readonly controllableClock: boolean;
  readonly registration: boolean;
  readonly passwordPlatforms: readonly string[]; // in the order in which a login is looked for
  readonly defaultPack: string;
  /** The operator's own packs, in addition to the built-in ones. */
  readonly packsDir: string | undefined;
  /** The name, mark and colours of the pages. Undefined: Bindery's own. */
  readonly brandFile: string | undefined;
  /** The platforms of accounts, one file each (R45), and what reads the secrets that they name. */
  readonly platformsDir: string | undefined;
  readonly platformSecret: ReadSecret;
  /** The demo's own platform; undefined: there is none. */
  readonly demoPlatform: { readonly port: number; readonly issuer: string } | undefined;
  /** The operator's own rules (R22): modules in a folder, and a remote decision point. */
  readonly decisionPoints: {
    readonly hooksDir: string | undefined;
    readonly decisionPoint:
      | { readonly url: string; readonly token: string | undefined }
      | undefined;
    readonly timeoutMs: number;
    readonly fails: 'review' | 'deny';
  };
  /** Databases of address locations. Without files, no location is known. */
  readonly addressBook: AddressBookSource;
  /** Months that rows are kept. `audit` also covers policy decisions (decision 26). */
  readonly recordMonths: { readonly audit: number; readonly events: number };
  readonly lifetimes: Lifetimes;
}

/** Thrown with *all* mistakes, so that an operator can correct them at once. */
export class ConfigurationError extends Error {
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(
      `This configuration cannot be used:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`,
    );
    this.name = 'ConfigurationError';
    this.problems = problems;
  }
}

/** The only reader of the environment. Throws {@link ConfigurationError}. */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const problems: string[] = [];
  const parsed = ENVIRONMENT.safeParse(withFiles(env, VARIABLES, problems));
  if (!parsed.success) {
    throw new ConfigurationError([
      ...problems,
      ...parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`),
    ]);
  }
  const value = parsed.data;
  const production = value.NODE_ENV === 'production';
  const embedded = value.DATABASE_URL === undefined;
  const issuer = value.ISSUER ?? `http://localhost:${value.PORT}`;
  const demo = value.DEMO ?? (embedded && !production);
  const controllableClock = value.CLOCK === 'controllable';
  const secret =
    value.SECRETS_INSTALLATION === undefined
      ? undefined
      : Buffer.from(value.SECRETS_INSTALLATION, 'base64url');

  if (secret && secret.length < 32)
    problems.push(
      'SECRETS_INSTALLATION: needs at least 32 bytes, base64url (43 characters or more)',
    );
  const keyring =
    value.SECRETS_KEYRING === undefined ? undefined : parseKeyring(value.SECRETS_KEYRING);
  if (keyring?.ok === false) problems.push(`SECRETS_KEYRING: ${keyring.refusal.detail?.problem}`);
  const verificationKey =
    value.SECRETS_VERIFICATION === undefined
      ? undefined
      : Buffer.from(value.SECRETS_VERIFICATION, 'base64url');
  if (verificationKey && verificationKey.length < 32)
    problems.push('SECRETS_VERIFICATION: needs at least 32 bytes, base64url');
  if ((value.VERIFICATION_URL === undefined) !== (verificationKey === undefined))
    problems.push(
      'VERIFICATION_URL and SECRETS_VERIFICATION (or SECRETS_VERIFICATION_FILE) belong together; set both or neither',
    );
  if (!isPlainPath(issuer))
    problems.push(
      'ISSUER: no query, fragment or trailing slash (RFC 8414 §2); a path has plain letters only',
    );
  if (controllableClock && !demo)
    problems.push('CLOCK=controllable is for the demo only; set DEMO=true or leave CLOCK out');
  if (production) {
    if (embedded) problems.push('DATABASE_URL: production needs a PostgreSQL of its own');
    if (value.ISSUER === undefined) problems.push('ISSUER: production needs its public URL');
    else if (!issuer.startsWith('https://')) problems.push('ISSUER: production needs https');
    if (!secret)
      problems.push(
        'SECRETS_INSTALLATION (or SECRETS_INSTALLATION_FILE): production needs a root secret',
      );
    if (!keyring)
      problems.push(
        'SECRETS_KEYRING_FILE (or SECRETS_KEYRING): production needs a keyring; npm run cli -- keys make',
      );
    if (!verificationKey)
      problems.push(
        'VERIFICATION_URL: production needs a provider that checks evidence; the sandbox knows nobody',
      );
    else if (!value.VERIFICATION_URL?.startsWith('https://'))
      problems.push('VERIFICATION_URL: production needs https');
    if (value.CLAMAV_HOST === undefined)
      problems.push('CLAMAV_HOST: production needs a virus scanner');
    if (value.DECISION_POINT_URL?.startsWith('http:'))
      problems.push('DECISION_POINT_URL: production needs https');
    if (demo)
      problems.push('DEMO: the demo world has known passwords and does not belong in production');
    if (controllableClock) problems.push('CLOCK: production runs on the wall clock');
    if (issuer.startsWith('https://') && value.TRUST_PROXY === 0)
      problems.push(
        'TRUST_PROXY: Bindery speaks HTTP behind a TLS proxy; set the number of proxies and let only the last one reach it',
      );
  }
  const addressBook = parseAddressBook(value.ADDRESS_DATABASE, value.ADDRESS_HOSTING);
  problems.push(...addressBook.problems);
  const messages = parseMessageSettings(value, { production, signUp: value.SIGN_UP });
  problems.push(...messages.problems);
  if (problems.length > 0) throw new ConfigurationError(problems);

  return Object.freeze({
    production,
    port: value.PORT,
    host: value.HOST,
    issuer,
    databaseUrl: value.DATABASE_URL,
    databasePool: value.DATABASE_POOL,
    dataDir: resolve(value.DATA_DIR),
    demo,
    workers: value.WORKERS,
    trustProxy: value.TRUST_PROXY,
    managementPort: value.MANAGEMENT_PORT,
    managementHost: value.MANAGEMENT_HOST,
    installationSecret: secret,
    keyring: keyringSource(
      blank(env.SECRETS_KEYRING_FILE),
      value.SECRETS_KEYRING,
      resolve(value.DATA_DIR),
    ),
    verification:
      value.VERIFICATION_URL && verificationKey
        ? { url: value.VERIFICATION_URL, key: verificationKey }
        : undefined,
    clamAv:
      value.CLAMAV_HOST === undefined
        ? undefined
        : { host: value.CLAMAV_HOST, port: value.CLAMAV_PORT },
    documentsBucket:
      value.DOCUMENTS_BUCKET === undefined
        ? undefined
        : { name: value.DOCUMENTS_BUCKET, endpoint: value.DOCUMENTS_ENDPOINT },
    signUp: value.SIGN_UP,
    messages: messages.settings,
    logLevel: value.LOG_LEVEL,
    controllableClock,
    registration: value.REGISTRATION ?? demo,
    passwordPlatforms: value.PASSWORD_PLATFORMS.split(/\s*,\s*/),
    defaultPack: value.PACK,
    packsDir: value.PACKS_DIR === undefined ? undefined : resolve(value.PACKS_DIR),
    brandFile: value.BRAND_FILE === undefined ? undefined : resolve(value.BRAND_FILE),
    platformsDir: value.PLATFORMS_DIR === undefined ? undefined : resolve(value.PLATFORMS_DIR),
    platformSecret: secretsOf(env),
    demoPlatform: demoPlatformAt(demo, issuer, value.DEMO_PLATFORM_PORT ?? value.PORT + 2),
    decisionPoints: {
      hooksDir: value.HOOKS_DIR === undefined ? undefined : resolve(value.HOOKS_DIR),
      decisionPoint:
        value.DECISION_POINT_URL === undefined
          ? undefined
          : { url: value.DECISION_POINT_URL, token: value.SECRETS_DECISION_POINT },
      timeoutMs: value.HOOKS_TIMEOUT,
      fails: value.HOOKS_FAIL,
    },
    addressBook: addressBook.source,
    recordMonths: { audit: value.AUDIT_MONTHS, events: value.EVENTS_MONTHS },
    lifetimes: {
      ...LIFETIMES,
      oidc: {
        ...LIFETIMES.oidc,
        accessToken: value.ACCESS_TOKEN_SECONDS,
        refreshToken: value.REFRESH_TOKEN_DAYS * DAY,
        session: value.SESSION_DAYS * DAY,
      },
    },
  });
}

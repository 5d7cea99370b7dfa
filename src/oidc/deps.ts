import type { Context } from 'koa';
import type {
  AuthorizationCode,
  AuthorizationDetail,
  Client,
  FindAccount,
  JWK,
  KoaContextWithOIDC,
  RefreshToken,
} from 'oidc-provider';
import type { ReportRefusal } from '../kernel/refusals.ts';
import type { InstallationSecret } from '../kernel/secrets.ts';
import type { Lifetimes } from '../lifetimes.ts';
import type { Database } from '../store/database.ts';
import type { RenderError } from './failure.ts';
import type { RenderGoOn } from './go-on.ts';
import type { ClientHandler, StructuredTokens } from './internals.ts';

/** A resource that access tokens may be for. */
export interface Resource {
  /** Everything it has; a client gets what its registered `scope` names of it. */
  readonly scope: string;
  /** Defaults to the indicator itself. */
  readonly audience?: string;
  readonly accessTokenTTL?: number;
}

export interface BindingRar {
  /** Throws `errors.InvalidAuthorizationDetails` with the member's name. */
  validate(
    ctx: KoaContextWithOIDC,
    detail: AuthorizationDetail,
    client: Client,
  ): Promise<void> | void;
  /**
   * The detail as the token response shows it: with `binding_request` and what else belongs to it.
   */
  enrich(
    ctx: KoaContextWithOIDC,
    detail: AuthorizationDetail,
    source: Pick<AuthorizationCode | RefreshToken, 'grantId' | 'accountId'>,
  ): Promise<AuthorizationDetail> | AuthorizationDetail;
}

/** A grant of our own at the token endpoint. */
export interface ExtraGrant {
  readonly name: string;
  readonly params: readonly string[];
  readonly handler: ClientHandler;
}

/** A POST route of our own for clients. */
export interface ExtraRoute {
  readonly name: string;
  readonly path: string;
  readonly params: readonly string[];
  readonly handler: ClientHandler;
}

export interface ProviderDeps {
  readonly issuer: string;
  readonly db: Database;
  readonly secrets: InstallationSecret;
  /** Private signing keys of tokens; the first of an algorithm signs. */
  readonly jwks: readonly JWK[];
  /** Public keys of signers beside oidc-provider, which its JWKS shows too. */
  readonly publicJwks: readonly JWK[];
  readonly cookieKeys: readonly string[];
  readonly config: {
    readonly demo: boolean;
    readonly trustProxy: boolean;
    readonly registrationEnabled: boolean;
  };
  readonly lifetimes: Lifetimes['oidc'];
  /**
   * How old a sign-in may be when a binding is asked for: the strictest of the packs
   * (docs/protocol.md#approval).
   */
  readonly freshSignInSeconds: number;
  /** Defaults to the accounts of the database. */
  readonly findAccount?: FindAccount;
  readonly getResource: (
    uri: string,
    client: Client,
  ) => Promise<Resource | undefined> | Resource | undefined;
  /** What a client-credentials token is for where the request names no resource. */
  readonly defaultResource?: string;
  /**
   * Scopes of resources, which clients may be registered for by an operator (never by themselves).
   */
  readonly resourceScopes: readonly string[];
  readonly bindingRar: BindingRar;
  /** The one grant type whose token request may carry `authorization_details`. */
  readonly detailsAtTokenEndpoint?: string;
  readonly bindingTokens?: StructuredTokens;
  readonly extraGrants: readonly ExtraGrant[];
  readonly extraRoutes: readonly ExtraRoute[];
  readonly discovery: {
    readonly packs: readonly string[];
    readonly bindingTokenAlgs: readonly string[];
    /** `ui_locales_supported`: the languages of the pages. */
    readonly uiLocales: readonly string[];
  };
  readonly renderError: RenderError;
  readonly report: ReportRefusal;
  /**
   * The page that asks whether to sign out, around oidc-provider's form (id `op.logoutForm`;
   * buttons name `logout`).
   */
  readonly renderLogout?: (ctx: Context, form: string) => Promise<void> | void;
  readonly renderLoggedOut?: (ctx: Context) => Promise<void> | void;
  /** Instead of the bare page that sends a form by itself. */
  readonly renderGoOn?: RenderGoOn;
}

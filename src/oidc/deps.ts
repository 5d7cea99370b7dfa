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
import type { ClientHandler, StartByHint, StructuredTokens } from './internals.ts';
import type { RenderPendingForm } from './pending-form.ts';

/** A resource that access tokens may be for. */
export interface Resource {
  /** All its scopes. A client receives those that its registered `scope` names. */
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
  /** The detail in the token response, with `binding_request` and related members. */
  enrich(
    ctx: KoaContextWithOIDC,
    detail: AuthorizationDetail,
    source: Pick<AuthorizationCode | RefreshToken, 'grantId' | 'accountId'>,
  ): Promise<AuthorizationDetail> | AuthorizationDetail;
}

/** A custom grant at the token endpoint. */
export interface ExtraGrant {
  readonly name: string;
  readonly params: readonly string[];
  readonly handler: ClientHandler;
}

/** A custom POST route for clients. */
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
  /** Private keys that sign tokens; the first of an algorithm is used. */
  readonly jwks: readonly JWK[];
  /** Public keys of other signers, which the JWKS also contains. */
  readonly publicJwks: readonly JWK[];
  readonly cookieKeys: readonly string[];
  readonly config: {
    readonly demo: boolean;
    readonly trustProxy: boolean;
    readonly registrationEnabled: boolean;
  };
  readonly lifetimes: Lifetimes['oidc'];
  /**
   * The greatest age of a sign-in when a binding is requested: the strictest of the packs
   * (docs/protocol.md#approval).
   */
  readonly freshSignInSeconds: number;
  /** Defaults to the accounts of the database. */
  readonly findAccount?: FindAccount;
  readonly getResource: (
    uri: string,
    client: Client,
  ) => Promise<Resource | undefined> | Resource | undefined;
  /** The resource of a client-credentials token if the request names none. */
  readonly defaultResource?: string;
  /**
   * Scopes of resources. Only an operator may register clients for them, never the clients
   * themselves.
   */
  readonly resourceScopes: readonly string[];
  readonly bindingRar: BindingRar;
  /** The only grant type whose token request may carry `authorization_details`. */
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
  /** R48: see `takeHints` of internals.ts. */
  readonly startByHint?: StartByHint;
  readonly renderError: RenderError;
  readonly report: ReportRefusal;
  /**
   * The page that asks whether to sign out. It contains oidc-provider's form (id `op.logoutForm`,
   * buttons named `logout`).
   */
  readonly renderLogout?: (ctx: Context, form: string) => Promise<void> | void;
  readonly renderLoggedOut?: (ctx: Context) => Promise<void> | void;
  /** Replaces the bare page whose script submits a form. */
  readonly renderPendingForm?: RenderPendingForm;
}

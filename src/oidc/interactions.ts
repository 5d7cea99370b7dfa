import type { Context } from 'koa';
import type { AuthorizationDetail, InteractionResults, Provider } from 'oidc-provider';

export type { Provider };
export type Interaction = Awaited<ReturnType<Provider['interactionDetails']>>;

/**
 * The interaction of this path, if it belongs to this browser. The cookie proves that, not the URL.
 */
export async function openInteraction(
  provider: Provider,
  ctx: Context,
): Promise<Interaction | undefined> {
  try {
    const interaction = await provider.interactionDetails(ctx.req, ctx.res);
    return interaction.uid === ctx.params.uid ? interaction : undefined;
  } catch (error) {
    if (error instanceof Error && error.name === 'SessionNotFound') return undefined;
    throw error;
  }
}

/** Stores the result of the interaction and returns where the browser continues. */
export async function endInteraction(
  provider: Provider,
  ctx: Context,
  result: InteractionResults,
  merge: boolean,
): Promise<string> {
  return await provider.interactionResult(ctx.req, ctx.res, result, {
    mergeWithLastSubmission: merge,
  });
}

/**
 * The requesting app, as its registration describes it to people. Undefined: it was switched off or
 * removed.
 */
export async function appOf(
  provider: Provider,
  { params }: Interaction,
): Promise<AppCard | undefined> {
  return await appNamed(provider, String(params.client_id));
}

export interface AppCard {
  readonly name: string;
  readonly uri: string | null;
  /** It registered itself, and no operator has looked at it. */
  readonly unverified: boolean;
}

/** An app, as its registration describes it to people; undefined: it is gone or switched off. */
export async function appNamed(provider: Provider, clientId: string): Promise<AppCard | undefined> {
  const client = await provider.Client.find(clientId);
  return (
    client && {
      name: client.clientName ?? clientId,
      uri: client.clientUri ?? null,
      unverified: client.account_binding_unverified === true,
    }
  );
}

/** When the person of this interaction's session signed in. */
export async function signedInAt(provider: Provider, { session }: Interaction): Promise<Date> {
  const found = session?.uid ? await provider.Session.findByUid(session.uid) : undefined;
  return new Date((found?.loginTs ?? 0) * 1000);
}

/**
 * The passkey that the person used to sign in during this interaction. Null if they used a password
 * or signed in before.
 */
export function signedInBy({ session, lastSubmission }: Interaction, at: Date): string | null {
  const login = lastSubmission?.login;
  const same =
    login !== undefined &&
    login.accountId === session?.accountId &&
    login.ts === at.getTime() / 1000;
  return same && typeof login.passkey === 'string' ? login.passkey : null;
}

/** What a consent prompt still needs consent for. */
export interface Missing {
  readonly missingOIDCScope?: string[];
  readonly missingOIDCClaims?: string[];
  readonly missingResourceScopes?: Record<string, string[]>;
}

export function missingOf({ prompt }: Interaction): Missing {
  return prompt.details as Missing;
}

/**
 * Saves the consent. An ordinary consent extends the session's grant. A binding gets its own grant,
 * so that ending one binding revokes nothing else.
 */
export async function grantConsent(
  provider: Provider,
  interaction: Interaction,
  { binding }: { readonly binding: boolean },
): Promise<string> {
  const { session, params, grantId, result } = interaction;
  if (!session) throw new Error('consent was given without a session');
  // Asked twice, answered once.
  if (typeof result?.consent?.grantId === 'string') return result.consent.grantId;
  const earlier = grantId && !binding ? await provider.Grant.find(grantId) : undefined;
  const grant =
    earlier ??
    new provider.Grant({ accountId: session.accountId, clientId: String(params.client_id) });

  const missing = missingOf(interaction);
  if (missing.missingOIDCScope) grant.addOIDCScope(missing.missingOIDCScope.join(' '));
  if (missing.missingOIDCClaims) grant.addOIDCClaims(missing.missingOIDCClaims);
  for (const [resource, scopes] of Object.entries(missing.missingResourceScopes ?? {}))
    grant.addResourceScope(resource, scopes.join(' '));
  if (binding) {
    for (const detail of JSON.parse(String(params.authorization_details)) as AuthorizationDetail[])
      grant.addRar(detail);
  }
  return await grant.save();
}

import type { Context } from 'koa';
import { type BindingDetails, parseBindingDetails } from '../binding/authorization-details.ts';
import type { Bindery } from '../compose.ts';

export type Interaction = Awaited<ReturnType<Bindery['provider']['interactionDetails']>>;

/** The interaction of this path, when this browser is the one that has it; its cookie, not the URL, proves that. */
export async function openInteraction(deps: Bindery, ctx: Context): Promise<Interaction | undefined> {
  try {
    const interaction = await deps.provider.interactionDetails(ctx.req, ctx.res);
    return interaction.uid === ctx.params.uid ? interaction : undefined;
  } catch (error) {
    if (error instanceof Error && error.name === 'SessionNotFound') return undefined;
    throw error;
  }
}

/** The binding asked for, undefined for ordinary sign-in. The policy checked it when the request was pushed. */
export function bindingDetailsOf(deps: Bindery, interaction: Interaction): BindingDetails | undefined | 'invalid' {
  const raw = interaction.params.authorization_details;
  if (typeof raw !== 'string') return undefined;
  const [first] = JSON.parse(raw) as unknown[];
  const parsed = parseBindingDetails(first, deps.packs, deps.config.defaultPack);
  return parsed.ok ? parsed.value : 'invalid';
}

import type { Context } from 'koa';
import { ok, type Result } from '../../kernel/refusals.ts';
import { originsOf } from '../../platforms/provider.ts';
import type { Visitor } from '../../risk/device.ts';
import { type SignedInUpstream, takeAnswer } from '../../upstream/finish-sign-in.ts';
import { type StartRefusal, startUpstream } from '../../upstream/start-sign-in.ts';
import type { WebDeps } from './deps.ts';
import { field } from './forms.ts';
import { type Translator, textIn } from './i18n.ts';
import type { SignInView } from './page.model.ts';
import type { Pages } from './pages.ts';

/** The buttons of a sign-in page that lead to platforms; null where there are none. */
export function upstreamChoices(
  t: Translator,
  { platforms }: Pick<Pages, 'platforms'>,
  action: string,
): SignInView['upstream'] {
  const all = [...platforms.values()].flatMap(({ id, providers }) =>
    providers.map((provider) => ({ platform: id, provider })),
  );
  if (all.length === 0) return null;
  const ids = all.map(({ provider }) => provider.id);
  return {
    action,
    choices: all.map(({ platform, provider: { id, title } }, at) => ({
      id: ids.indexOf(id) === at ? `upstream-${id}` : `upstream-${platform}-${id}`,
      value: `${platform}/${id}`,
      label: t('signIn.upstream', { name: textIn(t.language, title) }),
    })),
  };
}

/** Where the forms of a sign-in page may lead: `more`, and the sign-ins of all platforms. */
export function signInTargets(
  { platforms }: Pick<Pages, 'platforms'>,
  more?: string | undefined,
): string | undefined {
  const origins = [...platforms.values()].flatMap(({ providers }) => providers.flatMap(originsOf));
  const all = more === undefined ? origins : [more, ...origins];
  return all.length === 0 ? undefined : [...new Set(all)].join(' ');
}

/** Sends the browser to the platform that the form names, and back to `returnTo` afterwards. */
export async function sendUpstream(
  pages: Pages,
  deps: WebDeps,
  ctx: Context,
  wanted: { readonly returnTo: string; readonly maxAge: number | null },
): Promise<Result<void, StartRefusal>> {
  const [platform = '', provider = ''] = field(ctx, 'provider').split('/');
  const started = await startUpstream(deps.upstream, {
    platform,
    provider,
    ...wanted,
    visitor: pages.visitor(ctx),
    uiLocales: pages.words(ctx).language,
  });
  if (!started.ok) return started;
  pages.goTo(ctx, started.value.href);
  return ok(undefined);
}

/** Who came back from a platform to `returnTo`. The device is the one that pressed the button. */
export async function takeUpstream(
  pages: Pages,
  deps: WebDeps,
  ctx: Context,
  returnTo: string,
): Promise<
  Result<SignedInUpstream & { readonly visitor: Visitor }, 'upstream_over' | 'upstream_account'>
> {
  const { ticket } = ctx.query;
  const visitor = pages.visitor(ctx);
  const shown = typeof ticket === 'string' ? ticket : '';
  const taken = await takeAnswer(deps.upstream, { ticket: shown, returnTo, visitor });
  if (!taken.ok) return taken;
  const { proof } = taken.value;
  return ok({ ...taken.value, visitor: { ...visitor, device: { ...visitor.device, proof } } });
}

/** How old a sign-in may be that approves a binding: the strictest of the packs. */
export function freshSecondsOf({ packs }: WebDeps): number {
  return Math.min(...[...packs.current.values()].map(({ freshSignInSeconds: most }) => most));
}

/** The sign-in page of a page that takes answers from platforms. */
export function signInPageOf(returnTo: string): string {
  return returnTo.replace(/\/upstream(?=\?|$)/, '');
}

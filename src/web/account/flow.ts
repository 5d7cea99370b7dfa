import type { Context } from 'koa';

/** The pages of an app's flow that show a sign-in: of an interaction or an approval session. */
const FLOW = /^\/(?:interaction\/[\w-]{1,64}|bind\/s\/sit_[\w-]{22})$/;

/**
 * The page that a sign-up or a recovery began from and comes back to; undefined where it is none of
 * an app's flow. Prevents open redirects.
 */
export function flowOf({ query: { to } }: Context): string | undefined {
  return typeof to === 'string' && FLOW.test(to) ? to : undefined;
}

/** The path of the next page, which still knows the flow. */
export function inFlow(ctx: Context, path: string): string {
  const flow = flowOf(ctx);
  return flow === undefined ? path : `${path}?to=${encodeURIComponent(flow)}`;
}

import { bodyParser } from '@koa/bodyparser';
import Router from '@koa/router';
import Koa, { type Context, type Middleware } from 'koa';
import { findSandboxMessages } from '../accounts/sandbox-messages.store.ts';
import { advanceBusinessClock } from '../jobs/advance-clock.ts';
import { type Refusal, type ReportRefusal, refusal } from '../kernel/refusals.ts';
import type { Database } from '../store/database.ts';

/** A duration in days, hours, minutes or seconds, forward only: going back would undo decisions. */
const DURATION = /^P(?=.)(\d{1,4}D)?(T(?=.)(\d{1,5}H)?(\d{1,6}M)?(\d{1,8}S)?)?$/;

/** What a refused move of the clock is told. */
// biome-ignore format: a table is read by its columns
export const CLOCK_ANSWERS = {
  malformed_duration: { status: 400, title: 'Bad Request', detail: 'advance: an ISO 8601 duration such as "PT48H" or "P90D"' },
} as const;

export interface ManagementDeps {
  readonly db: Database;
  /** Opens the request's context, so that its log lines have its id. */
  readonly openRequest: Middleware;
  readonly report: ReportRefusal;
  readonly controllableClock: boolean;
  /** Whether the sandbox's messages are shown to whoever reaches this port. */
  readonly demo: boolean;
  readonly metrics: () => Promise<string>;
}

/** Health, metrics and the demo's clock, on the management port. */
export function managementApp({
  db,
  openRequest,
  report,
  controllableClock,
  demo,
  metrics,
}: ManagementDeps): Koa {
  const router = new Router();

  router.get('/health/live', (ctx) => {
    ctx.body = { status: 'live' };
  });

  router.get('/health/ready', async (ctx) => {
    try {
      await db.ping();
      ctx.body = { status: 'ready' };
    } catch {
      ctx.status = 503;
      ctx.body = { status: 'not ready', because: 'the database does not answer' };
    }
  });

  router.get('/metrics', async (ctx) => {
    ctx.type = 'text/plain; version=0.0.4; charset=utf-8';
    ctx.body = await metrics();
  });

  if (demo) {
    router.get('/demo/messages', async (ctx) => {
      ctx.set('Cache-Control', 'no-store');
      ctx.body = { messages: await findSandboxMessages(db) };
    });
  }

  if (controllableClock) {
    router.post(
      '/demo/clock',
      // a body that cannot be read has no duration, and is refused for that
      bodyParser({ enableTypes: ['json'], jsonLimit: '1kb', onError: () => {} }),
      async (ctx) => {
        const { advance } = (ctx.request.body ?? {}) as { advance?: unknown };
        if (typeof advance !== 'string' || !DURATION.test(advance))
          return refused(ctx, refusal('malformed_duration', 'API-1C0'));
        ctx.body = { now: await advanceBusinessClock(db, advance) };
      },
    );
  }

  function refused(ctx: Context, refused: Refusal<keyof typeof CLOCK_ANSWERS>): void {
    report(refused);
    const answer = CLOCK_ANSWERS[refused.code];
    ctx.status = answer.status;
    ctx.type = 'application/problem+json';
    ctx.body = { type: 'about:blank', ...answer };
  }

  const app = new Koa();
  app.use(openRequest);
  app.use(router.routes()).use(router.allowedMethods());
  return app;
}

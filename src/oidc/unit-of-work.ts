import type { Context, Middleware } from 'koa';
import { type Database, isDeadConnection } from '../store/database.ts';
import { ArtifactConflict } from './artifacts.store.ts';
import {
  type Answering,
  answerWith,
  RETRY_AFTER_SECONDS,
  refusalOf,
  temporarilyUnavailable,
} from './failure.ts';
import { openUnit, UnitOfWork, withinUnit } from './unit.ts';

/**
 * Headers of an answer that is withdrawn. Headers that protect every answer stay (CSP, CORS,
 * nonces).
 */
const ANSWER_HEADERS = [
  'content-type',
  'content-length',
  'etag',
  'last-modified',
  'location',
  'www-authenticate',
];

/**
 * The outermost middleware: opens a unit of work for the request and flushes it before the answer
 * is sent. Koa answers when its outermost middleware returns. So no success is sent before its
 * writes are committed. If they fail, the answer is replaced, cookies included. Inside another unit
 * of work it does nothing.
 */
export function unitOfWork(db: Database, options: Answering = {}): Middleware {
  return async (ctx, next) => {
    if (openUnit(db)) return await next();
    const { client_id: clientId } = ctx.query;
    const unit = new UnitOfWork(db, typeof clientId === 'string' ? clientId : undefined);
    const cookies = ctx.res.getHeader('set-cookie');
    await withinUnit(unit, async () => {
      try {
        await next();
      } catch (error) {
        if (!isDeadConnection(error)) throw error;
        takeBack(ctx, cookies);
        await answerWith(ctx, temporarilyUnavailable(error), options);
        unit.failed = true;
      }
      // A server error discards the writes. A refusal keeps them (a revoked grant, a used proof).
      if (unit.failed || ctx.status >= 500) restoreCookies(ctx, cookies);
      else await flush(ctx, unit, { cookies, options });
    });
    if (ctx.status === 503) ctx.set('Retry-After', String(RETRY_AFTER_SECONDS));
  };
}

type Cookies = ReturnType<Context['res']['getHeader']>;

interface Flushing {
  readonly cookies: Cookies;
  readonly options: Answering;
}

async function flush(
  ctx: Context,
  unit: UnitOfWork,
  { cookies, options }: Flushing,
): Promise<void> {
  try {
    await unit.flush();
  } catch (error) {
    takeBack(ctx, cookies);
    if (
      error instanceof ArtifactConflict &&
      error.reason === 'session_over' &&
      ctx.method === 'GET'
    ) {
      // Another tab signed out or got a new session id. The browser knows this, or learns it at its
      // next request.
      ctx.status = 303;
      ctx.redirect(ctx.href);
      return;
    }
    await answerWith(ctx, meaningOf(error, unit, ctx), options);
  }
}

function meaningOf(error: unknown, unit: UnitOfWork, ctx: Context): unknown {
  if (error instanceof ArtifactConflict) return refusalOf(error, unit, ctx);
  return isDeadConnection(error) ? temporarilyUnavailable(error) : error;
}

function takeBack(ctx: Context, cookies: Cookies): void {
  ctx.body = null;
  for (const name of ANSWER_HEADERS) ctx.remove(name);
  restoreCookies(ctx, cookies);
}

function restoreCookies(ctx: Context, cookies: Cookies): void {
  if (cookies === undefined) ctx.remove('set-cookie');
  else ctx.res.setHeader('set-cookie', cookies);
}

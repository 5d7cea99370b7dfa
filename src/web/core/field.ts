import type { Context } from 'koa';

/**
 * One field as text. Empty when it is missing, repeated, or holds a NUL (PostgreSQL stores none).
 */
export function field(ctx: Context, name: string): string {
  const body: unknown = ctx.request.body;
  if (typeof body !== 'object' || body === null || !Object.hasOwn(body, name)) return '';
  const value: unknown = (body as Record<string, unknown>)[name];
  return typeof value === 'string' && !value.includes('\0') ? value : '';
}

import type { IncomingMessage } from 'node:http';
import type { Context } from 'koa';
import { ok, type Result, refuse } from '../kernel/refusals.ts';

export const MOST_BYTES = 1_048_576;
/** Of brackets within brackets: an account needs four, a bulk message six. */
const DEEPEST = 20;

export type BodyRefusal = 'body_too_large' | 'unknown_media_type' | 'invalid_syntax';

/** The JSON of a request. Its size and depth are bounded before it is parsed. */
export async function readBody(ctx: Context): Promise<Result<unknown, BodyRefusal>> {
  if (!ctx.request.is('application/scim+json', 'application/json'))
    return refuse('unknown_media_type', 'SCIM-3R0');
  const bytes = await bytesOf(ctx.req);
  if (!bytes) {
    ctx.set('Connection', 'close'); // the rest is not read
    return refuse('body_too_large', 'SCIM-3R1');
  }
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    if (isDeep(text)) return refuse('invalid_syntax', 'SCIM-3R2');
    return ok(JSON.parse(text));
  } catch {
    return refuse('invalid_syntax', 'SCIM-3R3'); // no UTF-8, or no JSON
  }
}

/** Undefined when it is longer than any message. The request stays open, so that it is answered. */
async function bytesOf(req: IncomingMessage): Promise<Buffer | undefined> {
  if (Number(req.headers['content-length'] ?? 0) > MOST_BYTES) return undefined;
  return await new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    req.on('error', reject);
    req.on('end', () => resolve(Buffer.concat(chunks)));
    req.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= MOST_BYTES) return void chunks.push(chunk);
      req.pause();
      resolve(undefined);
    });
  });
}

function isDeep(text: string): boolean {
  let depth = 0;
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{}]/gs)) {
    if (token === '[' || token === '{') depth += 1;
    else if (token === ']' || token === '}') depth -= 1;
    if (depth > DEEPEST) return true;
  }
  return false;
}

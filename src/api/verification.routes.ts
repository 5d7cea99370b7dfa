import type Router from '@koa/router';
import type { Context } from 'koa';
import { SIGNATURE_HEADER } from '../evidence/provider/signature.ts';
import { ANSWERS_PATH, LONGEST_ANSWER } from '../evidence/provider/wire.ts';
import { type CallbackRefusal, receiveCallback } from '../evidence/receive-callback.ts';
import { pathOf } from '../kernel/issuer.ts';
import { type Refusal, refusal } from '../kernel/refusals.ts';
import type { ApiDeps } from './deps.ts';

/**
 * Callers with a bad signature get one answer for all faults. Only a signed answer is told what is
 * wrong with it.
 */
// biome-ignore format: a table is read by its columns
export const ANSWERS = {
  malformed_signature: { status: 401, detail: 'The signature does not hold.' },
  forged:              { status: 401, detail: 'The signature does not hold.' },
  stale:               { status: 401, detail: 'The signature does not hold.' },
  replayed:            { status: 409, detail: 'This message was heard before.' },
  malformed_answer:    { status: 422, detail: 'This is not an answer of the contract.' },
  unknown_evidence:    { status: 404, detail: 'No such question was asked.' },
  too_long:            { status: 413, detail: 'The answer is too long.' },
} as const satisfies Record<CallbackRefusal | 'too_long', { status: number; detail: string }>;

/** Callbacks of the verification provider (docs/verification-provider.md). */
export function verificationRoutes(router: Router, { evidence, issuer, report }: ApiDeps): void {
  router.post(ANSWERS_PATH, async (ctx) => {
    const body = await bodyOf(ctx);
    if (body === undefined) return refused(ctx, refusal('too_long', 'API-1V0'));
    const heard = await receiveCallback(evidence, {
      key: evidence.verificationKey,
      message: { method: ctx.method, path: `${pathOf(issuer)}${ctx.path}`, body },
      signature: ctx.get(SIGNATURE_HEADER),
      now: new Date(),
    });
    if (heard.ok) ctx.status = 204;
    else refused(ctx, heard.refusal);
  });

  function refused(ctx: Context, refused: Refusal<keyof typeof ANSWERS>): void {
    report(refused);
    problem(ctx, ANSWERS[refused.code]);
  }
}

function problem(
  ctx: Context,
  { status, detail }: { readonly status: number; readonly detail: string },
): void {
  ctx.status = status;
  ctx.type = 'application/problem+json';
  ctx.body = { type: 'about:blank', status, detail };
}

/** The body, byte for byte as it was signed; undefined when it is longer than any answer. */
async function bodyOf(ctx: Context): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of ctx.req) {
    size += (chunk as Buffer).length;
    if (size > LONGEST_ANSWER) return undefined;
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString('utf8');
}

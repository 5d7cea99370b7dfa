import multer from '@koa/multer';
import type { Context, Middleware } from 'koa';
import type { UploadRefusal } from '../../documents/accept-upload.ts';
import { LARGEST_UPLOAD } from '../../documents/media.ts';
import { refusal } from '../../kernel/refusals.ts';
import { isCsrfToken, isSameOrigin } from './csrf.ts';
import type { ErrorPageCode } from './error-pages.ts';
import { field, formGuard } from './forms.ts';
import type { Pages } from './pages.ts';
import { browserName, sentBrowserName } from './visitor.ts';

const MOST_FILES = 2;
/** Bytes around the files: boundaries, headers, a few short fields. */
const ENVELOPE = 64 * 1024;
const LONGEST_BODY = MOST_FILES * LARGEST_UPLOAD + ENVELOPE;

/** How long the connection stays open after an answer to an upload that was not read. */
const ANSWER_READ_MS = 1_000;

const parse = multer({
  storage: multer.memoryStorage(), // no unencrypted bytes on disk
  limits: {
    fileSize: LARGEST_UPLOAD,
    files: MOST_FILES,
    fields: 16,
    fieldSize: 4096,
    fieldNameSize: 64,
    parts: MOST_FILES + 16,
    headerPairs: 32,
  },
}).array('documents', MOST_FILES);

/** The error page for each refusal of an uploaded document. */
// biome-ignore format: a table is read by its columns
export const DOCUMENT_ERROR_PAGE = {
  empty:             'document_missing',
  too_large:         'document_too_large',
  not_accepted_type: 'document_type',
  not_readable:      'document_unreadable',
  too_small:         'document_too_small',
  active_content:    'document_active',
  infected:          'document_infected',
  no_key:            'keys_unavailable',
  key_unavailable:   'keys_unavailable',
} as const satisfies Record<UploadRefusal, ErrorPageCode>;

type Answer = (ctx: Context) => void | Promise<void>;

/**
 * {@link formGuard} for a form with files. Origin and sender are known from the headers. So a
 * forged form, or one that `admit` does not let pass, is answered before its files are read.
 */
export function uploadGuard(pages: Pages, admit: Middleware, tooLarge: Answer): Middleware {
  const plain = formGuard(pages);
  const read = readUploads(tooLarge);
  return async (ctx, next) => {
    const withoutFiles = !ctx.is('multipart/form-data');
    if (withoutFiles) return await plain(ctx, async () => await admit(ctx, next));
    if (!isSameOrigin(ctx, pages.issuer))
      return refuseUnread(ctx, () => pages.errorPage(ctx, refusal('forged_form', 'WEB-1U0')));
    if (!sentBrowserName(ctx, pages.cookies))
      return refuseUnread(ctx, () => pages.errorPage(ctx, refusal('cookies_missing', 'WEB-1U1')));
    const admitted = async (): Promise<void> =>
      await read(ctx, async () => {
        if (!isCsrfToken(pages.secrets, browserName(ctx, pages.cookies), field(ctx, 'csrf'))) {
          return pages.errorPage(ctx, refusal('forged_form', 'WEB-1U2'));
        }
        await next();
      });
    await refuseUnread(ctx, async () => await admit(ctx, admitted));
  };
}

/**
 * Answers, and closes the connection a little later instead of reading the rest. Closed at once, it
 * would be reset and the answer lost.
 */
async function refuseUnread(ctx: Context, answer: () => void | Promise<void>): Promise<void> {
  ctx.res.once('finish', () => {
    if (!ctx.req.complete) setTimeout(() => ctx.req.destroy(), ANSWER_READ_MS).unref();
  });
  await answer();
}

/**
 * Reads a form with files into memory. One that is too large is not read to its end. A declared
 * length is checked at once, an undeclared one while reading. `tooLarge` gives the answer.
 */
export function readUploads(tooLarge: Answer): Middleware {
  return async (ctx, next) => {
    const read =
      Number(ctx.get('Content-Length') || 0) > LONGEST_BODY
        ? 'too_large'
        : await within(ctx, LONGEST_BODY);
    if (read === 'read') return await next();
    await refuseUnread(ctx, () => tooLarge(ctx));
  };
}

/** The uploaded files, unchanged. */
export function uploadsOf(ctx: Context): readonly Buffer[] {
  return Array.isArray(ctx.files) ? ctx.files.map(({ buffer }) => buffer) : [];
}

async function within(ctx: Context, most: number): Promise<'read' | 'too_large'> {
  let size = 0;
  const over = new Promise<'too_large'>((resolve) => {
    ctx.req.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= most) return;
      ctx.req.pause();
      resolve('too_large');
    });
  });
  const parsed = parse(ctx as never, async () => {}).then(
    () => 'read' as const,
    (error: unknown) => {
      if (isLimit(error)) return 'too_large' as const;
      throw Object.assign(new Error('the form could not be read', { cause: error }), {
        status: 400,
        expose: true,
      });
    },
  );
  return await Promise.race([parsed, over]);
}

function isLimit(error: unknown): boolean {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('LIMIT_');
}

import { fileTypeFromBuffer } from 'file-type';
import sharp from 'sharp';
import { ok, type Result, refuse } from '../kernel/refusals.ts';

const LARGEST_IMAGE = 15 * 1024 * 1024;
export const LARGEST_PDF = 10 * 1024 * 1024;
/** The largest upload of any kind. More is cut off while it is read. */
export const LARGEST_UPLOAD = Math.max(LARGEST_IMAGE, LARGEST_PDF);
/** A file of 200 bytes can claim a picture of a billion pixels. */
const MOST_PIXELS = 60_000_000;
const LONGEST_SIDE = 4096;
const SMALLEST_SIDE = 200;

export type MediaType = 'image/jpeg' | 'application/pdf';
export type MediaRefusal =
  | 'empty'
  | 'too_large'
  | 'not_accepted_type'
  | 'not_readable'
  | 'too_small'
  | 'active_content';

export interface Media {
  readonly mediaType: MediaType;
  readonly bytes: Buffer;
}

const IMAGES: readonly string[] = [
  'image/jpeg',
  'image/png',
  'image/webp',
  'image/heic',
  'image/avif',
];

/** What runs, fetches or embeds something in a PDF (ISO 32000-1 §12.6.4, §7.11.4). */
const ACTIVE =
  /\/(?:JavaScript|JS|Launch|EmbeddedFile|EmbeddedFiles|RichMedia|XFA|OpenAction|AA|SubmitForm|ImportData|GoToE|GoToR)\b/;

/**
 * Identifies an upload by its content, because the sender chooses name and declared type. An image
 * is re-encoded pixel by pixel. So metadata (a place, a device), appended archives and scripts are
 * lost. A PDF is stored unchanged if it is small, is one file from first byte to last, and runs
 * nothing.
 */
export async function readMedia(bytes: Buffer): Promise<Result<Media, MediaRefusal>> {
  if (bytes.length === 0) return refuse('empty', 'DOC-1M0');
  if (bytes.length > LARGEST_UPLOAD) return refuse('too_large', 'DOC-1M1', { size: bytes.length });
  const type = await fileTypeFromBuffer(bytes);
  if (type?.mime === 'application/pdf') return readPdf(bytes);
  if (type && IMAGES.includes(type.mime)) return await redraw(bytes);
  return refuse('not_accepted_type', 'DOC-1M2', { found: type?.mime ?? null });
}

async function redraw(bytes: Buffer): Promise<Result<Media, MediaRefusal>> {
  try {
    const image = sharp(bytes, {
      limitInputPixels: MOST_PIXELS,
      failOn: 'error',
      animated: false,
      unlimited: false,
    });
    const { width = 0, height = 0 } = await image.metadata();
    if (Math.min(width, height) < SMALLEST_SIDE)
      return refuse('too_small', 'DOC-1M3', { width, height });
    const drawn = image
      .rotate() // by its EXIF orientation, which the result no longer has
      .resize({
        width: LONGEST_SIDE,
        height: LONGEST_SIDE,
        fit: 'inside',
        withoutEnlargement: true,
      })
      .flatten({ background: '#ffffff' })
      .jpeg({ quality: 88 });
    return ok({ mediaType: 'image/jpeg', bytes: await drawn.toBuffer() });
  } catch (error) {
    return refuse('not_readable', 'DOC-1M4', { because: (error as Error).message });
  }
}

function readPdf(bytes: Buffer): Result<Media, MediaRefusal> {
  if (bytes.length > LARGEST_PDF) return refuse('too_large', 'DOC-1M5', { size: bytes.length });
  const text = bytes.toString('latin1');
  const end = text.lastIndexOf('%%EOF');
  // Another format before the header or after the end makes one file two (polyglot).
  if (!text.startsWith('%PDF-') || end === -1 || text.slice(end + 5).trim() !== '')
    return refuse('not_readable', 'DOC-1M6');
  const active = ACTIVE.exec(plainNames(text));
  return active
    ? refuse('active_content', 'DOC-1M7', { found: active[0] })
    : ok({ mediaType: 'application/pdf', bytes });
}

/** `/J#61vaScript` is `/JavaScript` (ISO 32000-1 §7.3.5). */
function plainNames(text: string): string {
  return text.replaceAll(/#([0-9a-fA-F]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

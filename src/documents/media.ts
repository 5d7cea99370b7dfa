import { fileTypeFromBuffer } from 'file-type';
import sharp from 'sharp';
import { ok, type Result, refuse } from '../kernel/refusals.ts';

const LARGEST_IMAGE = 15 * 1024 * 1024;
export const LARGEST_PDF = 10 * 1024 * 1024;
/** What an upload may be at all: more is broken off on the way. */
export const LARGEST_UPLOAD = Math.max(LARGEST_IMAGE, LARGEST_PDF);
/** A 200-byte file can claim to be a picture of a gigapixel. */
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

/** What in a PDF runs, fetches or carries something else (ISO 32000-1 §12.6.4, §7.11.4). */
const ACTIVE =
  /\/(?:JavaScript|JS|Launch|EmbeddedFile|EmbeddedFiles|RichMedia|XFA|OpenAction|AA|SubmitForm|ImportData|GoToE|GoToR)\b/;

/**
 * What an upload is, by its content: name and declared type are the sender's word. An image is drawn anew, pixel by pixel,
 * so that metadata (a place, a device), appended archives and scripts do not survive; a PDF is kept as it is, if it is small,
 * one thing from its first byte to its last, and runs nothing.
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
      .rotate() // by its EXIF orientation, which is gone afterwards
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
  // Another format before the header or after the end is how one file is two (polyglot).
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

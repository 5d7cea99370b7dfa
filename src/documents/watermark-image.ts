import sharp from 'sharp';
import { ok, type Result, refuse } from '../kernel/refusals.ts';
import type { Lettering } from './lettering.ts';
import { ASIDE, type Extent, type Layout, layOut, RISE } from './watermark.ts';

/** Pixels for each unit of a mark, at the least: letters smaller than this cannot be read. */
const LEAST_SCALE = 1.2;

/** The picture, drawn anew with `mark` all over it. */
export async function watermarkImage(
  bytes: Buffer,
  mark: Lettering,
): Promise<Result<Buffer, 'not_readable'>> {
  try {
    const image = sharp(bytes, { failOn: 'error' });
    const { width = 0, height = 0 } = await image.metadata();
    const layout = layOut(mark, { width, height }, LEAST_SCALE);
    if (!layout) return refuse('not_readable', 'DOC-3W0', { width, height });
    const marked = image
      .composite([{ input: Buffer.from(svgOf(mark, layout, { width, height })) }])
      .jpeg({ quality: 85 });
    return ok(await marked.toBuffer());
  } catch (error) {
    return refuse('not_readable', 'DOC-3W1', { because: (error as Error).message });
  }
}

/**
 * Dark letters over the same in light, so that the mark shows on any ground. Paths alone: text
 * would need a font.
 */
function svgOf(mark: Lettering, { scale, placements }: Layout, { width, height }: Extent): string {
  const turned = `rotate(${(-RISE * 180) / Math.PI}) scale(${scale}) translate(${-mark.width / 2} ${-mark.height / 2})`;
  const uses = placements
    .map(
      ({ x, y }) =>
        `<use href="#m" transform="translate(${x.toFixed(1)} ${y.toFixed(1)}) ${turned}"/>`,
    )
    .join('');
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">
<defs><path id="p" d="${mark.outlines}"/><g id="m"><use href="#p" x="${ASIDE}" y="${ASIDE}" fill="#fff" fill-opacity=".4"/><use href="#p" fill="#7a1d12" fill-opacity=".36"/></g></defs>${uses}</svg>`;
}

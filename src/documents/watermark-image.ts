import sharp from 'sharp';
import { ok, type Result, refuse } from '../kernel/refusals.ts';
import { letter } from './lettering.ts';
import { type Layout, layOut, RISE, type WatermarkStamp } from './watermark.ts';

/** Pixels for each unit of a mark, at the least: letters smaller than this cannot be read. */
const LEAST_SCALE = 1.2;

/** The picture, drawn anew with who looks at it written all over it. */
export async function watermarkImage(
  bytes: Buffer,
  viewing: WatermarkStamp,
): Promise<Result<Buffer, 'not_readable'>> {
  try {
    const image = sharp(bytes, { failOn: 'error' });
    const { width = 0, height = 0 } = await image.metadata();
    const layout = layOut(viewing, { width, height }, LEAST_SCALE);
    if (!layout) return refuse('not_readable', 'DOC-3W0', { width, height });
    const marked = image
      .composite([{ input: Buffer.from(svgOf(layout, width, height)) }])
      .jpeg({ quality: 85 });
    return ok(await marked.toBuffer());
  } catch (error) {
    return refuse('not_readable', 'DOC-3W1', { because: (error as Error).message });
  }
}

/** Dark strokes over light ones, so that the mark shows on any ground. Paths alone: text would need a font. */
function svgOf(
  { lines, extent, scale, placements }: Layout,
  width: number,
  height: number,
): string {
  const path = letter(lines)
    .map((stroke) => `M${stroke.map(([x, y]) => `${x} ${y}`).join('L')}`)
    .join('');
  const turned = `rotate(${(-RISE * 180) / Math.PI}) scale(${scale}) translate(${-extent.width / 2} ${-extent.height / 2})`;
  const uses = placements
    .map(
      ({ x, y }) =>
        `<use href="#m" transform="translate(${x.toFixed(1)} ${y.toFixed(1)}) ${turned}"/>`,
    )
    .join('');
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" fill="none" stroke-linecap="round" stroke-linejoin="round">
<defs><g id="m"><path d="${path}" stroke="#fff" stroke-opacity=".3" stroke-width="2.2"/><path d="${path}" stroke="#7a1d12" stroke-opacity=".36" stroke-width=".8"/></g></defs>${uses}</svg>`;
}

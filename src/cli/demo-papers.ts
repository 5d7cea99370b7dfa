import sharp from 'sharp';
import { letter } from '../documents/lettering.ts';
import type { EvidenceType } from '../evidence/pieces/evidence-type.ts';

/** Papers of the demo clinic, one line each. Each says that it is not a real document. */
// biome-ignore format: a table is read by its columns
const PAPERS: Partial<Record<EvidenceType, readonly (readonly string[])[]>> = {
  three_in_one_licence:            [['BUSINESS LICENCE', '3 in 1']],
  industry_permit:                 [['PERMIT', 'medical practice']],
  licence_copy_with_authorization: [['BUSINESS LICENCE', 'copy'], ['LETTER OF', 'AUTHORIZATION']],
  in_person_signing:               [],
};

/** Draws the documents of the demo's clinic, as scans of fictional papers. */
export async function drawPapers(): Promise<
  readonly { readonly type: EvidenceType; readonly uploads: readonly Buffer[] }[]
> {
  const drawn: { type: EvidenceType; uploads: readonly Buffer[] }[] = [];
  for (const [type, papers] of Object.entries(PAPERS) as [
    EvidenceType,
    readonly (readonly string[])[],
  ][]) {
    drawn.push({ type, uploads: await Promise.all(papers.map(draw)) });
  }
  return drawn;
}

const WIDTH = 900;
const HEIGHT = 640;

async function draw(title: readonly string[]): Promise<Buffer> {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}">
    <rect width="${WIDTH}" height="${HEIGHT}" fill="#fbf7ec"/>
    <rect x="24" y="24" width="${WIDTH - 48}" height="${HEIGHT - 48}" fill="none" stroke="#b08d3c" stroke-width="6"/>
    ${inked(title, { x: 90, y: 90, scale: 6, ink: '#7a1f1f' })}
    ${inked(['issued for the Bindery demo', 'of nobody: SPECIMEN'], { x: 90, y: 300, scale: 3, ink: '#333333' })}
    ${Array.from({ length: 4 }, (_, row) => `<rect x="90" y="${420 + row * 36}" width="${560 - row * 60}" height="10" fill="#c9c2ad"/>`).join('')}
    <circle cx="740" cy="490" r="78" fill="none" stroke="#c0392b" stroke-width="7"/>
    ${inked(['SPECIMEN'], { x: 672, y: 482, scale: 3, ink: '#c0392b' })}
  </svg>`;
  return await sharp(Buffer.from(svg)).png().toBuffer();
}

interface Inked {
  readonly x: number;
  readonly y: number;
  readonly scale: number;
  readonly ink: string;
}

/** Draws letters as paths, because the machine may have no font. */
function inked(lines: readonly string[], { x, y, scale, ink }: Inked): string {
  const { outlines, width } = letter(lines);
  const most = (WIDTH - x - 40) / width;
  return `<path transform="translate(${x} ${y}) scale(${Math.min(scale, most)})" d="${outlines}" fill="${ink}"/>`;
}

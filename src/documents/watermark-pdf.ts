import {
  type Color,
  concatTransformationMatrix,
  drawObject,
  drawSvgPath,
  PDFArray,
  PDFDict,
  PDFDocument,
  PDFName,
  PDFNumber,
  PDFObjectCopier,
  type PDFOperator,
  type PDFPage,
  type PDFRef,
  PDFStream,
  popGraphicsState,
  pushGraphicsState,
  rgb,
} from '@cantoo/pdf-lib';
import { ok, type Result, refuse } from '../kernel/refusals.ts';
import type { Lettering } from './lettering.ts';
import { ASIDE, type Layout, layOut, RISE } from './watermark.ts';

const MOST_PAGES = 60;

type Matrix = readonly [number, number, number, number, number, number];

/**
 * Draws what each page shows on a page of a new document, with `mark` all over it. Actions,
 * scripts, attachments and form fields stay behind. Of annotations only the appearance is drawn.
 * Each page is one form (ISO 32000-1 §8.10), so nothing in it can change what is drawn after it.
 */
export async function watermarkPdf(
  bytes: Uint8Array,
  mark: Lettering,
): Promise<Result<Uint8Array, 'not_readable'>> {
  const source = await PDFDocument.load(bytes, { updateMetadata: false, capNumbers: true });
  const count = source.getPageCount();
  if (count === 0 || count > MOST_PAGES) return refuse('not_readable', 'DOC-3P0', { pages: count });
  const target = await PDFDocument.create({ updateMetadata: false });
  const form = formOf(target, mark);
  for (const page of source.getPages()) {
    const box = page.getCropBox();
    const turn = ((page.getRotation().angle % 360) + 360) % 360;
    const seen =
      turn % 180 === 0
        ? { width: box.width, height: box.height }
        : { width: box.height, height: box.width };
    const layout = layOut(mark, seen);
    if (!layout) return refuse('not_readable', 'DOC-3P1', seen);
    const fresh = target.addPage([seen.width, seen.height]);
    const looks = appearancesOf(page, source, target);
    for (const key of page.node.keys()) if (!KEPT.has(key.decodeText())) page.node.delete(key);
    const upright = turned(turn, box.width, box.height);
    fresh.pushOperators(pushGraphicsState(), concatTransformationMatrix(...upright));
    if (page.node.Contents() !== undefined) {
      const { x, y, width, height } = box;
      const content = await target.embedPage(page, {
        left: x,
        bottom: y,
        right: x + width,
        top: y + height,
      });
      fresh.pushOperators(drawObject(fresh.node.newXObject('P', content.ref)));
    }
    for (const { ref, matrix } of looks) {
      const fitted = concatTransformationMatrix(
        matrix[0],
        matrix[1],
        matrix[2],
        matrix[3],
        matrix[4] - box.x,
        matrix[5] - box.y,
      );
      fresh.pushOperators(
        pushGraphicsState(),
        fitted,
        drawObject(fresh.node.newXObject('A', ref)),
        popGraphicsState(),
      );
    }
    fresh.pushOperators(popGraphicsState(), ...placed(fresh, layout, { mark, form }));
  }
  return ok(await target.save());
}

const KEPT: ReadonlySet<string> = new Set([
  'Type',
  'Parent',
  'Resources',
  'MediaBox',
  'CropBox',
  'Contents',
  'Group',
]);

/** Draws a rotated page rotated, so that page and marks read the same way up (§7.7.3.3, Rotate). */
function turned(turn: number, width: number, height: number): Matrix {
  if (turn === 90) return [0, -1, 1, 0, 0, width];
  if (turn === 180) return [-1, 0, 0, -1, width, height];
  if (turn === 270) return [0, 1, -1, 0, height, 0];
  return [1, 0, 0, 1, 0, 0];
}

interface Appearance {
  readonly ref: PDFRef;
  readonly matrix: Matrix;
}

const HIDDEN_OR_NO_VIEW = 2 | 32;

/** The normal appearance of each annotation, a seal for example, and its place (§12.5.5). */
function appearancesOf(page: PDFPage, source: PDFDocument, target: PDFDocument): Appearance[] {
  const found: Appearance[] = [];
  const annotations = page.node.Annots();
  for (let at = 0; at < (annotations?.size() ?? 0); at += 1) {
    const annotation = annotations?.lookup(at);
    if (!(annotation instanceof PDFDict)) continue;
    const flags = annotation.lookup(PDFName.of('F'));
    if (flags instanceof PDFNumber && (flags.asNumber() & HIDDEN_OR_NO_VIEW) !== 0) continue;
    const look = normalAppearance(annotation);
    const rectangle = numbersOf(annotation.lookup(PDFName.of('Rect')), 4);
    const box = look && numbersOf(look.dict.lookup(PDFName.of('BBox')), 4);
    if (!look || !rectangle || !box) continue;
    const form = numbersOf(look.dict.lookup(PDFName.of('Matrix')), 6) ?? [1, 0, 0, 1, 0, 0];
    const matrix = fitting(box, form, rectangle);
    if (!matrix) continue;
    const copied = PDFObjectCopier.for(source.context, target.context).copy(look);
    copied.dict.set(PDFName.of('Subtype'), PDFName.of('Form'));
    found.push({ ref: target.context.register(copied), matrix });
  }
  return found;
}

function normalAppearance(annotation: PDFDict): PDFStream | undefined {
  const appearance = annotation.lookup(PDFName.of('AP'));
  const normal = appearance instanceof PDFDict ? appearance.lookup(PDFName.of('N')) : undefined;
  if (normal instanceof PDFStream) return normal;
  const state = annotation.lookup(PDFName.of('AS'));
  const chosen =
    normal instanceof PDFDict && state instanceof PDFName ? normal.lookup(state) : undefined;
  return chosen instanceof PDFStream ? chosen : undefined;
}

function numbersOf(value: unknown, count: number): number[] | undefined {
  if (!(value instanceof PDFArray) || value.size() !== count) return undefined;
  const numbers = Array.from({ length: count }, (_, at) => value.lookup(at));
  return numbers.every((each) => each instanceof PDFNumber)
    ? numbers.map((each) => each.asNumber())
    : undefined;
}

/** Maps the box of an appearance, turned by its own matrix, to the annotation's rectangle. */
function fitting(
  box: readonly number[],
  form: readonly number[],
  rectangle: readonly number[],
): Matrix | undefined {
  const [x0 = 0, y0 = 0, x1 = 0, y1 = 0] = box;
  const [a = 1, b = 0, c = 0, d = 1, e = 0, f = 0] = form;
  const corners = [[x0, y0], [x0, y1], [x1, y0], [x1, y1]] as const; // biome-ignore format: four corners
  const xs = corners.map(([x, y]) => a * x + c * y + e);
  const ys = corners.map(([x, y]) => b * x + d * y + f);
  const [left, bottom] = [Math.min(...xs), Math.min(...ys)];
  const [width, height] = [Math.max(...xs) - left, Math.max(...ys) - bottom];
  if (!(width > 0) || !(height > 0)) return undefined;
  const [r0 = 0, s0 = 0, r1 = 0, s1 = 0] = rectangle;
  const [sx, sy] = [Math.abs(r1 - r0) / width, Math.abs(s1 - s0) / height];
  return [sx, 0, 0, sy, Math.min(r0, r1) - left * sx, Math.min(s0, s1) - bottom * sy];
}

/** One mark as a form for all pages: dark letters over light ones, readable on any background. */
function formOf({ context }: PDFDocument, { outlines, width, height }: Lettering): PDFRef {
  const inked = (graphicsState: string, color: Color, aside: number) =>
    drawSvgPath(outlines, {
      x: aside,
      y: -aside,
      scale: 1,
      color,
      graphicsState,
      borderColor: undefined,
      borderWidth: 0,
    });
  const opacity = (value: number) => ({ Type: 'ExtGState', CA: value, ca: value });
  const form = context.formXObject(
    [...inked('Light', rgb(1, 1, 1), ASIDE), ...inked('Dark', rgb(0.48, 0.11, 0.07), 0)],
    {
      BBox: [-4, -height - 4, width + 4, 4],
      Resources: { ExtGState: { Light: opacity(0.4), Dark: opacity(0.36) } },
    },
  );
  return context.register(form);
}

function placed(
  page: PDFPage,
  { scale, placements }: Layout,
  { mark, form }: { readonly mark: Lettering; readonly form: PDFRef },
): PDFOperator[] {
  const name = page.node.newXObject('M', form);
  const height = page.getHeight();
  const [cos, sin] = [Math.cos(RISE) * scale, Math.sin(RISE) * scale];
  const [u, v] = [-mark.width / 2, mark.height / 2];
  return placements.flatMap(({ x, y }) => [
    pushGraphicsState(),
    concatTransformationMatrix(
      cos,
      sin,
      -sin,
      cos,
      x + cos * u - sin * v,
      height - y + sin * u + cos * v,
    ),
    drawObject(name),
    popGraphicsState(),
  ]);
}

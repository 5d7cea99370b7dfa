/** Who looks at a document, when, and for which case: what every copy of it says. */
export interface WatermarkStamp {
  readonly login: string;
  readonly at: Date;
  readonly caseId: string;
}

/** Width and height: of a page in its units, of a mark before it is scaled and turned. */
export interface Extent {
  readonly width: number;
  readonly height: number;
}

/** Where one mark stands: its centre, in the units of the page. */
export interface Placement {
  readonly x: number;
  readonly y: number;
}

export interface Layout {
  readonly scale: number;
  readonly placements: readonly Placement[];
}

/** Marks rise by 30 degrees: a horizontal mark would be hard to see between lines of print. */
export const RISE = Math.PI / 6;

/** How far the light letters lie to the right of the dark ones and below them. */
export const ASIDE = 0.6;

const SHANGHAI_AHEAD_MS = 8 * 3_600_000;
/** The shorter side of a page in units of a mark: letters and the print below stay readable. */
const UNITS = 560;
const GAP = { along: 24, across: 22 } as const;
/** A page so long and thin that it takes more marks than this is no page. */
const MOST = 4_000;

export function linesOf({ login, at, caseId }: WatermarkStamp): string[] {
  const local = new Date(at.getTime() + SHANGHAI_AHEAD_MS).toISOString();
  return [login, `${local.slice(0, 10)} ${local.slice(11, 19)} +08`, caseId];
}

/**
 * Places marks in staggered rows over the whole page and beyond its edges. They are so close that
 * any useful cut-out shows a mark. Undefined for a page without a surface.
 */
export function layOut(mark: Extent, page: Extent, least = 0): Layout | undefined {
  const shorter = Math.min(page.width, page.height);
  if (!(shorter > 0) || !Number.isFinite(page.width * page.height)) return undefined;
  const scale = Math.max(shorter / UNITS, least);
  const along = (mark.width + GAP.along) * scale;
  const across = (mark.height + GAP.across) * scale;
  const reach = Math.hypot(page.width, page.height) / 2 + along / 2;
  const [columns, rows] = [Math.ceil(reach / along), Math.ceil(reach / across)];
  if ((2 * columns + 1) * (2 * rows + 1) > MOST * 4) return undefined;
  const placements: Placement[] = [];
  for (let row = -rows; row <= rows; row += 1) {
    for (let column = -columns; column <= columns; column += 1) {
      const [u, v] = [(column + (row % 2 === 0 ? 0 : 0.5)) * along, row * across];
      const x = page.width / 2 + u * Math.cos(RISE) + v * Math.sin(RISE);
      const y = page.height / 2 - u * Math.sin(RISE) + v * Math.cos(RISE);
      const near = along / 2;
      if (x > -near && y > -near && x < page.width + near && y < page.height + near)
        placements.push({ x, y });
    }
  }
  return placements.length > MOST ? undefined : { scale, placements };
}

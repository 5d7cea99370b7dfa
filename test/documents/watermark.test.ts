import assert from 'node:assert/strict';
import { deflateSync, inflateSync } from 'node:zlib';
import { degrees, PDFDict, PDFDocument, PDFName, PDFRawStream, rgb } from '@cantoo/pdf-lib';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import sharp, { type Region } from 'sharp';
import { letter, spell } from '../../src/documents/lettering.ts';
import { layOut, linesOf, RISE, type WatermarkStamp } from '../../src/documents/watermark.ts';
import { watermarkDocument } from '../../src/documents/watermark-document.ts';

const VIEWING: WatermarkStamp = {
  login: 'reviewer-a',
  at: new Date('2026-10-01T15:59:30Z'),
  caseId: 'cas_AZq0bQxYz1-K_7lIoO09ab',
};

const MARK = letter(linesOf(VIEWING));

describe('letters as outlines', () => {
  const letters = Array.from({ length: 0x7f - 0x21 }, (_, at) => String.fromCharCode(0x21 + at));

  test('each printable letter of ASCII looks different and stays in its cell', () => {
    const drawn = letters.map((sign) => letter([sign]).outlines);
    expect(new Set(drawn).size).toBe(letters.length);
    const cell = letter(['x']);
    for (const [at, outlines] of drawn.entries()) {
      const numbers = (outlines.match(/-?\d+(\.\d+)?/g) ?? []).map(Number);
      expect([letters[at], numbers.length > 0]).toStrictEqual([letters[at], true]);
      for (const [place, value] of numbers.entries()) {
        expect([
          letters[at],
          value >= 0 && value <= (place % 2 === 0 ? cell.width : cell.height),
        ]).toStrictEqual([letters[at], true]);
      }
    }
  });

  test('each other letter is written by its code point, so names never look equal', () => {
    expect(spell('孙丽')).toBe('U+5B59U+4E3D');
    // its first letter is Cyrillic
    expect(spell('аdmin')).toBe('U+430dmin');
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (text) =>
        /^[ -~]+$/.test(spell(text)),
      ),
      { numRuns: 20_000 },
    );
  });

  test('lines stand below each other, and the longest says how wide they are', () => {
    const [one, two] = [letter(['ab']), letter(['ab', 'abc'])];
    expect([two.width / one.width, two.height / one.height]).toStrictEqual([1.5, 2]);
    expect(two.outlines.startsWith(one.outlines)).toBe(true);
  });
});

describe('the places of the marks', () => {
  test('any cut of seven tenths of the shorter side holds a whole mark', () => {
    const side = fc.integer({ min: 200, max: 4096 });
    const part = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(side, side, part, part, (width, height, across, down) => {
        const layout = layOut(MARK, { width, height });
        if (!layout) return false;
        const cut = 0.7 * Math.min(width, height);
        const [left, top] = [across * (width - cut), down * (height - cut)];
        const [w, h] = [MARK.width * layout.scale, MARK.height * layout.scale];
        const half = {
          x: (w * Math.cos(RISE) + h * Math.sin(RISE)) / 2,
          y: (w * Math.sin(RISE) + h * Math.cos(RISE)) / 2,
        };
        return layout.placements.some(
          ({ x, y }) =>
            x - half.x >= left &&
            x + half.x <= left + cut &&
            y - half.y >= top &&
            y + half.y <= top + cut,
        );
      }),
      { numRuns: 20_000 },
    );
  });

  test('a picture without area, or as thin as a thread, gets no mark', () => {
    for (const [
      width,
      height,
    ] of [[0, 10], [-1, 5], [Number.NaN, 5], [5, Number.POSITIVE_INFINITY], [1, 1e6]] as const) // biome-ignore format: sizes
      expect([`${width} × ${height}`, layOut(MARK, { width, height })]).toStrictEqual([
        `${width} × ${height}`,
        undefined,
      ]);
  });

  test('a mark says who, when in Shanghai time, and for which case', () => {
    expect(linesOf(VIEWING)).toStrictEqual([
      'reviewer-a',
      '2026-10-01 23:59:30 +08',
      VIEWING.caseId,
    ]);
  });
});

async function plain(width: number, height: number, background: string): Promise<Buffer> {
  return await sharp({ create: { width, height, channels: 3, background } })
    .jpeg({ quality: 95 })
    .withMetadata()
    .toBuffer();
}

/** The share of pixels that visibly differ in a part of two pictures. */
async function difference(one: Buffer, two: Buffer, part: Region): Promise<number> {
  const [a, b] = await Promise.all(
    [one, two].map(async (bytes) => await sharp(bytes).extract(part).greyscale().raw().toBuffer()),
  );
  let seen = 0;
  for (let at = 0; at < (a?.length ?? 0); at += 1)
    if (Math.abs((a?.[at] ?? 0) - (b?.[at] ?? 0)) > 12) seen += 1;
  return seen / (a?.length ?? 1);
}

async function markedImage(bytes: Buffer, viewing = VIEWING): Promise<Buffer> {
  const marked = await watermarkDocument({ mediaType: 'image/jpeg', bytes }, viewing);
  assert.ok(marked.ok);
  return marked.value;
}

describe('a picture with its watermark', () => {
  for (const background of ['#ffffff', '#000000', '#8899aa', '#7a1d12']) {
    test(`a picture shows its mark in every fifth of it, on ${background}`, async () => {
      const [width, height] = [1500, 1000];
      const bytes = await plain(width, height, background);
      const marked = await markedImage(bytes);
      const size = { width: width / 5, height: height / 5 };
      for (let left = 0; left < width; left += size.width) {
        for (let top = 0; top < height; top += size.height) {
          const seen = await difference(bytes, marked, { left, top, ...size });
          expect([`${left}, ${top}: ${seen}`, seen > 0.01]).toStrictEqual([
            `${left}, ${top}: ${seen}`,
            true,
          ]);
          // and leaves most of the print as it is
          expect(seen).toBeLessThan(0.5);
        }
      }
    });
  }

  test('a marked picture keeps its size, has no metadata, and differs by viewer', async () => {
    const bytes = await plain(300, 220, '#ffffff');
    const [mine, theirs] = [
      await markedImage(bytes),
      await markedImage(bytes, { ...VIEWING, login: 'reviewer-b' }),
    ];
    const { format, width, height, exif } = await sharp(mine).metadata();
    expect([format, width, height, exif]).toStrictEqual(['jpeg', 300, 220, undefined]);
    expect(
      await difference(mine, theirs, { left: 0, top: 0, width: 300, height: 220 }),
    ).toBeGreaterThan(0);
  });

  test('a file that is no picture is not shown', async () => {
    const shown = await watermarkDocument(
      { mediaType: 'image/jpeg', bytes: Buffer.from('not a picture') },
      VIEWING,
    );
    expect(!shown.ok && shown.refusal.code).toBe('not_readable');
  });
});

async function press(make: (document: PDFDocument) => void | Promise<void>): Promise<Buffer> {
  const document = await PDFDocument.create();
  await make(document);
  return Buffer.from(await document.save({ useObjectStreams: false }));
}

async function watermarked(bytes: Buffer): Promise<PDFDocument> {
  const shown = await watermarkDocument({ mediaType: 'application/pdf', bytes }, VIEWING);
  assert.ok(shown.ok, shown.ok ? '' : JSON.stringify(shown.refusal));
  return await PDFDocument.load(shown.value);
}

/** How often each kind of form is drawn on a page: P the page, A an annotation, M a mark. */
function drawn(document: PDFDocument, at: number): Record<string, number> {
  const [, ...parts] = contentOf(document, at).split(/\/([PAM])[\w-]* Do/);
  const counts: Record<string, number> = {};
  for (const [index, part] of parts.entries())
    if (index % 2 === 0) counts[part] = (counts[part] ?? 0) + 1;
  return counts;
}

function contentOf(document: PDFDocument, at: number): string {
  const contents = document.getPage(at).node.Contents();
  const streams =
    contents && 'asArray' in contents
      ? contents.asArray().map((ref) => document.context.lookup(ref))
      : [contents];
  return streams
    .map((stream) => {
      assert.ok(stream instanceof PDFRawStream);
      const filter = stream.dict.get(PDFName.of('Filter'));
      return (
        filter ? inflateSync(stream.getContents()) : Buffer.from(stream.getContents())
      ).toString('latin1');
    })
    .join('\n');
}

describe('a PDF with its watermark', () => {
  test('a PDF has upright marks of full size on each page, also when turned', async () => {
    const bytes = await press((document) => {
      for (const turn of [0, 90, 180, 270, -90])
        document.addPage([595, 842]).setRotation(degrees(turn));
      document
        .addPage([400, 400])
        .drawRectangle({ x: 1, y: 1, width: 50, height: 50, color: rgb(0, 0, 0) });
    });
    const marked = await watermarked(bytes);
    const sizes = marked
      .getPages()
      .map((page) => [page.getWidth(), page.getHeight(), page.getRotation().angle]);
    const [upright, across] = [[595, 842, 0], [842, 595, 0]]; // biome-ignore format: sizes
    expect(sizes).toStrictEqual([upright, across, upright, across, across, [400, 400, 0]]);
    for (const [at, [width = 0, height = 0]] of sizes.entries()) {
      expect([`page ${at}`, drawn(marked, at).M]).toStrictEqual([
        `page ${at}`,
        layOut(MARK, { width, height })?.placements.length,
      ]);
    }
    expect(drawn(marked, 5).P).toBe(1);
  });

  test('a PDF page is drawn as a form, so that nothing in it hides the marks', async () => {
    const bytes = await press((document) => {
      const page = document.addPage([300, 300]);
      const clip = document.context.flateStream('q q 0 0 1 1 re W n 0.001 0 0 0.001 5000 5000 cm');
      page.node.set(PDFName.of('Contents'), document.context.register(clip));
    });
    const marked = await watermarked(bytes);
    const content = contentOf(marked, 0);
    expect(content).not.toMatch(/5000/);
    expect(drawn(marked, 0).M ?? 0).toBeGreaterThan(10);
    expect(content.match(/\bq\b/g)?.length).toBe(content.match(/\bQ\b/g)?.length);
  });

  test('a PDF shows seals and filled fields, and loses their actions', async () => {
    const bytes = await press((document) => {
      const page = document.addPage([300, 300]);
      const box = document.getForm().createCheckBox('seal');
      box.addToPage(page, { x: 50, y: 50, width: 40, height: 40 });
      box.check();
      document.addJavaScript('main', 'app.alert(1)');
      page.node.set(
        PDFName.of('AA'),
        document.context.obj({ O: { S: 'JavaScript', JS: 'app.alert(2)' } }),
      );
    });
    const marked = await watermarked(bytes);
    expect(drawn(marked, 0).A).toBe(1);
    const keys = marked.catalog.keys().map((key) => key.decodeText());
    expect(keys.filter((key) => !['Type', 'Pages'].includes(key))).toStrictEqual([]); // biome-ignore format: one line
    for (const [, object] of marked.context.enumerateIndirectObjects()) {
      if (object instanceof PDFDict)
        expect(object.toString()).not.toMatch(/JavaScript|\/JS|\/AA|AcroForm|Annots \[ \d/);
    }
  });

  // biome-ignore format: a table is read by its columns
  const UNSHOWN: readonly (readonly [string, () => Buffer | Promise<Buffer>])[] = [
    ['a file that only claims to be one', () => Buffer.from('%PDF-1.7\nnonsense\n%%EOF')],
    ['a PDF without a page',              () => raw('', 0)],
    ['a PDF of 61 pages',                 async () => await press((document) => { for (let page = 0; page < 61; page += 1) document.addPage(); })],
    ['a page as thin as a thread',        () => raw('', 1, '[0 0 1 1000000]')],
    ['a page of endless size',            () => raw('', 1, '[0 0 1e400 5]')],
    ['a PDF that inflates to a gigabyte', () => raw(deflateSync(Buffer.alloc(2 ** 30)).toString('latin1'), 1)],
  ];
  for (const [what, make] of UNSHOWN) {
    test(`a marked PDF is refused for ${what}`, async () => {
      const shown = await watermarkDocument(
        { mediaType: 'application/pdf', bytes: await make() },
        VIEWING,
      );
      expect(!shown.ok && shown.refusal.code).toBe('not_readable');
    });
  }
});

function raw(stream: string, pages: number, box = '[0 0 300 300]'): Buffer {
  const filter = stream === '' ? '' : '/Filter/FlateDecode';
  const objects = [
    '<</Type/Catalog/Pages 2 0 R>>',
    `<</Type/Pages/Kids[${pages > 0 ? '3 0 R' : ''}]/Count ${pages}>>`,
    `<</Type/Page/Parent 2 0 R/MediaBox${box}/Contents 4 0 R>>`,
    `<</Length ${stream.length}${filter}>>stream\n${stream}\nendstream`,
  ];
  const body = objects.map((object, at) => `${at + 1} 0 obj\n${object}\nendobj\n`).join('');
  return Buffer.from(`%PDF-1.4\n${body}trailer<</Root 1 0 R/Size 5>>\n%%EOF`, 'latin1');
}

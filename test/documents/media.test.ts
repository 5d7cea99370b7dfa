import assert from 'node:assert/strict';
import { crc32, deflateSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import sharp from 'sharp';
import { LARGEST_PDF, LARGEST_UPLOAD, readMedia } from '../../src/documents/media.ts';

const blank = (width: number, height: number) =>
  sharp({ create: { width, height, channels: 3, background: '#8ab' } });
const jpeg = await blank(800, 500).jpeg().toBuffer();
const located = await blank(800, 500)
  .withExif({
    IFD0: { Make: 'CanaryPhone', Software: 'canary-9' },
    IFD3: { GPSLatitude: '31/1 14/1 0/1', GPSLatitudeRef: 'N' },
  })
  .jpeg()
  .toBuffer();
const pdf = (body: string) =>
  Buffer.from(
    `%PDF-1.7\n1 0 obj << /Type /Catalog ${body} >> endobj\nxref\ntrailer << /Root 1 0 R >>\n%%EOF\n`,
    'latin1',
  );
const zip = Buffer.concat([
  Buffer.from('PK\x03\x04', 'latin1'),
  Buffer.alloc(200, 7),
  Buffer.from('PK\x05\x06', 'latin1'),
  Buffer.alloc(18),
]);
const script = Buffer.from('<script>alert(document.cookie)</script>');

/**
 * A PNG whose header says it is `side` pixels wide and high: some hundred bytes that would be
 * gigabytes in memory.
 */
function pixelBomb(side: number): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  header.set([1, 0, 0, 0, 0], 8);
  const chunk = (type: string, data: Buffer) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(data.length);
    const named = Buffer.concat([Buffer.from(type), data]);
    const crc = Buffer.alloc(4);
    crc.writeUInt32BE(crc32(named));
    return Buffer.concat([length, named, crc]);
  };
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.alloc(1_000_000))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

async function told(bytes: Buffer): Promise<string> {
  const read = await readMedia(bytes);
  return read.ok ? read.value.mediaType : read.refusal.code;
}

describe('an upload is identified by its content', () => {
  // biome-ignore format: a table is read by its columns
  const UPLOADS: readonly (readonly [what: string, bytes: () => Buffer | Promise<Buffer>, answer: string])[] = [
    ['a photo',                                         () => jpeg,                                              'image/jpeg'],
    ['a PNG scan',                                      () => blank(600, 400).png().toBuffer(),                  'image/jpeg'],
    ['a WebP scan',                                     () => blank(600, 400).webp().toBuffer(),                 'image/jpeg'],
    ['a PDF',                                           () => pdf(''),                                           'application/pdf'],
    ['nothing',                                         () => Buffer.alloc(0),                                   'empty'],
    ['a program that is called scan.jpg',               () => Buffer.concat([Buffer.from('MZ\x90\x00', 'latin1'), Buffer.alloc(512)]), 'not_accepted_type'],
    ['an ELF program',                                  () => Buffer.concat([Buffer.from('\x7fELF', 'latin1'), Buffer.alloc(512)]),    'not_accepted_type'],
    ['a page of HTML',                                  () => Buffer.from('<html><script>1</script></html>'),    'not_accepted_type'],
    ['an SVG with a script',                            () => Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>'), 'not_accepted_type'],
    ['a ZIP archive',                                   () => zip,                                               'not_accepted_type'],
    ['a GIF',                                           () => blank(600, 400).gif().toBuffer(),                  'not_accepted_type'],
    ['half a photo',                                    () => jpeg.subarray(0, jpeg.length >> 1),                'not_readable'],
    ['the head of a photo and a program',               () => Buffer.concat([jpeg.subarray(0, 4), Buffer.from('MZ'), Buffer.alloc(64)]), 'not_readable'],
    ['a picture too small to read',                     () => blank(100, 90).jpeg().toBuffer(),                  'too_small'],
    ['a PNG of 30,000 by 30,000 pixels in a kilobyte',  () => pixelBomb(30_000),                                 'not_readable'],
    ['a PNG of 100 megapixels',                         () => pixelBomb(10_000),                                 'not_readable'],
    ['more than an upload may be',                      () => Buffer.concat([jpeg, Buffer.alloc(LARGEST_UPLOAD)]), 'too_large'],
    ['a PDF that is too large',                         () => Buffer.concat([pdf(''), Buffer.alloc(LARGEST_PDF, 32)]), 'too_large'],
    ['a PDF that runs JavaScript',                      () => pdf('/OpenAction << /S /JavaScript /JS (app.alert(1)) >>'), 'active_content'],
    ['a PDF that runs it under another spelling',       () => pdf('/Names << /J#61vaScript 2 0 R >>'),           'active_content'],
    ['a PDF that starts a program',                     () => pdf('/A << /S /Launch /F (cmd.exe) >>'),           'active_content'],
    ['a PDF that carries a file',                       () => pdf('/Names << /EmbeddedFiles 2 0 R >>'),          'active_content'],
    ['a PDF with an archive after its end',             () => Buffer.concat([pdf(''), zip]),                     'not_readable'],
    ['a PDF without an end',                            () => Buffer.from('%PDF-1.7\n1 0 obj\n'),                'not_readable'],
  ];
  for (const [what, bytes, answer] of UPLOADS) {
    test(`the content of an upload gives ${answer}: ${what}`, async () =>
      expect(await told(await bytes())).toBe(answer));
  }

  test('a photo loses its place and its device', async () => {
    expect(located.includes('CanaryPhone')).toBe(true);
    expect((await sharp(located).metadata()).exif).toBeTruthy();
    const read = await readMedia(located);
    assert.ok(read.ok);
    expect((await sharp(read.value.bytes).metadata()).exif).toBe(undefined);
    for (const canary of ['CanaryPhone', 'canary-9', 'Exif'])
      expect([canary, read.value.bytes.includes(canary)]).toStrictEqual([canary, false]);
  });

  test('a photo that is also an archive or a web page becomes only a photo', async () => {
    for (const hidden of [zip, script]) {
      for (const polyglot of [Buffer.concat([jpeg, hidden]), withComment(jpeg, hidden)]) {
        const read = await readMedia(polyglot);
        if (!read.ok) continue; // refused is as good
        expect(read.value.bytes.includes(hidden)).toBe(false);
        expect((await sharp(read.value.bytes).metadata()).format).toBe('jpeg');
      }
    }
  });

  test('any upload becomes a JPEG, a PDF or a refusal', async () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 400 }),
      fc
        .tuple(fc.constantFrom(jpeg, located, pdf('')), fc.nat(), fc.uint8Array({ maxLength: 40 }))
        .map(([base, at, noise]) => {
          const copy = Buffer.from(base);
          copy.set(
            noise.subarray(0, Math.max(0, copy.length - (at % copy.length))),
            at % copy.length,
          );
          return copy;
        }),
    );
    await fc.assert(
      fc.asyncProperty(bytes, async (upload) => {
        const read = await readMedia(Buffer.from(upload));
        if (!read.ok) expect(read.refusal.site).toMatch(/^DOC-/);
        else if (read.value.mediaType === 'image/jpeg')
          expect((await sharp(read.value.bytes).metadata()).format).toBe('jpeg');
      }),
      { numRuns: 60 },
    );
  });
});

/** Put into a JPEG comment, where decoders do not look. */
function withComment(image: Buffer, hidden: Buffer): Buffer {
  const head = Buffer.from([0xff, 0xfe, 0, 0]);
  head.writeUInt16BE(hidden.length + 2, 2);
  return Buffer.concat([image.subarray(0, 2), head, hidden, image.subarray(2)]);
}

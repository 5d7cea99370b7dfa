import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, describe, expect, test } from '@jest/globals';
import Koa from 'koa';
import { LARGEST_UPLOAD } from '../../src/documents/media.ts';
import { readUploads, uploadsOf } from '../../src/web/core/uploads.ts';
import { GIGABYTE, uploadEndlessly } from '../fixtures/endless-upload.ts';

const app = new Koa();
app.silent = true;
app.use(
  readUploads((ctx) => {
    ctx.status = 413;
    ctx.body = 'too large';
  }),
);
app.use((ctx) => {
  ctx.body = {
    sizes: uploadsOf(ctx).map(({ length }) => length),
    type: (ctx.request.body as { type?: string }).type,
  };
});
const server = createServer(app.callback());
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
const { port } = server.address() as AddressInfo;
const url = `http://127.0.0.1:${port}/`;

function form(...sizes: readonly number[]): FormData {
  const data = new FormData();
  data.set('type', 'id_front');
  for (const size of sizes) data.append('documents', new Blob([Buffer.alloc(size, 1)]), 'scan.jpg');
  return data;
}

describe('uploads', () => {
  test('one or two files arrive whole, with the fields beside them', async () => {
    for (const sizes of [[10], [70_000, 5]]) {
      const response = await fetch(url, { method: 'POST', body: form(...sizes) });
      expect(await response.json()).toStrictEqual({ sizes, type: 'id_front' });
    }
  });

  test('a file over the limit, and a third file, are refused as too large', async () => {
    for (const body of [form(LARGEST_UPLOAD + 1), form(1, 1, 1)])
      expect((await fetch(url, { method: 'POST', body })).status).toBe(413);
  });

  test('an upload with a declared gigabyte is refused before it is read', async () => {
    const { status, sent } = await uploadEndlessly(url, { 'Content-Length': GIGABYTE });
    expect(status).toBe(413);
    expect(sent).toBeLessThan(16 * 2 ** 20);
  });

  test('an upload without a declared length is cut off at the limit', async () => {
    const { status, sent } = await uploadEndlessly(url, { 'Transfer-Encoding': 'chunked' });
    expect(status).toBe(413);
    expect(sent).toBeLessThan(128 * 2 ** 20);
  });

  test('a malformed multipart body is refused', async () => {
    const headers = { 'Content-Type': 'multipart/form-data; boundary=x' };
    expect((await fetch(url, { method: 'POST', headers, body: '--x\r\nnonsense' })).status).toBe(
      400,
    );
  });
});

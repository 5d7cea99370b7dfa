import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { createServer as createHttp, type IncomingMessage } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import { afterAll, describe, expect, test } from '@jest/globals';
import sharp from 'sharp';
import { acceptUpload, openDocument } from '../../src/documents/accept-upload.ts';
import { ClamAv } from '../../src/documents/clamav.ts';
import { DiskStorage } from '../../src/documents/disk-storage.ts';
import type { DocumentStorage } from '../../src/documents/ports/storage.ts';
import { ScannerUnavailable } from '../../src/documents/ports/virus-scanner.ts';
import { S3Storage } from '../../src/documents/s3-storage.ts';
import { SandboxScanner } from '../../src/documents/sandbox-scanner.ts';
import { deleteOwner } from '../../src/evidence/claims/delete-owner.ts';
import { type DocumentId, newId } from '../../src/kernel/ids.ts';
import { sql } from '../../src/store/sql.ts';
import { makeDeps, makePerson } from '../owners/people.ts';
import { freshDatabase } from '../support/database.ts';

const EICAR = Buffer.from(
  `${'X5O!P%@AP[4\\PZX54(P^)7CC)7}$'}${'EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*'}`,
);
const folder = await mkdtemp(join(tmpdir(), 'bindery-documents-'));
afterAll(async () => await rm(folder, { recursive: true, force: true }));
const { db } = await freshDatabase();
const owners = makeDeps(db);
const deps = { ...owners, storage: new DiskStorage(folder), scanner: new SandboxScanner() };
const photo = await sharp({ create: { width: 640, height: 400, channels: 3, background: '#8ab' } })
  .jpeg()
  .toBuffer();

/** As much of S3 as the storage speaks: objects by path, put once. */
async function startBucket(): Promise<{
  storage: DocumentStorage;
  objects: Map<string, Buffer>;
  stop(): Promise<void>;
}> {
  const objects = new Map<string, Buffer>();
  const server = createHttp(async (request, response) => {
    const path = String(request.url).split('?')[0] ?? '';
    const found = objects.get(path);
    if (request.method === 'PUT') {
      const body = await bodyOf(request);
      if (found && request.headers['if-none-match'] === '*')
        return void response.writeHead(412).end();
      objects.set(path, body);
      return void response.writeHead(200).end();
    }
    if (request.method === 'DELETE') {
      objects.delete(path);
      return void response.writeHead(204).end();
    }
    if (found) return void response.writeHead(200, { 'Content-Length': found.length }).end(found);
    response
      .writeHead(404, { 'Content-Type': 'application/xml' })
      .end('<Error><Code>NoSuchKey</Code></Error>');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const client = new S3Client({
    region: 'test',
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    forcePathStyle: true,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    requestChecksumCalculation: 'WHEN_REQUIRED',
    maxAttempts: 1,
  });
  const stop = async (): Promise<void> => {
    client.destroy();
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  };
  return {
    storage: new S3Storage(client, { bucket: 'bindery', prefix: 'documents/' }),
    objects,
    stop,
  };
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

const bucket = await startBucket();
afterAll(async () => await bucket.stop());

describe('storage of documents', () => {
  for (const [name, storage] of [
    ['disk', new DiskStorage(join(folder, 'suite'))],
    ['S3', bucket.storage],
  ] as const) {
    test(`${name}: returns the stored bytes, and removing twice succeeds`, async () => {
      const id = newId('doc');
      expect(await storage.get(id)).toBe(undefined);
      const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, at) => at % 251));
      await storage.put(id, bytes);
      expect(await storage.get(id)).toStrictEqual(bytes);
      await storage.remove(id);
      await storage.remove(id);
      expect(await storage.get(id)).toBe(undefined);
    });
  }

  test('disk: only this process can read files, and no name leaves the folder', async () => {
    const id = newId('doc');
    await deps.storage.put(id, Buffer.from('x'));
    expect((await stat(join(folder, id))).mode & 0o077).toBe(0);
    for (const name of ['../outside', 'doc_', '/etc/passwd'])
      await expect(deps.storage.get(name as DocumentId)).rejects.toThrow(/name that is none/);
    await deps.storage.remove(id);
  });

  test('S3: refuses to write a name twice', async () => {
    const id = newId('doc');
    await bucket.storage.put(id, Buffer.from('one'));
    await expect(bucket.storage.put(id, Buffer.from('two'))).rejects.toThrow();
    expect(await bucket.storage.get(id)).toStrictEqual(Buffer.from('one'));
  });
});

/** A clamd with a given answer, after it has read the whole stream. */
async function startClamd(
  reply: (received: Buffer) => string | undefined,
): Promise<{ port: number; stop(): Promise<void> }> {
  const server = createServer((socket) => {
    let received = Buffer.alloc(0);
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      if (!received.subarray(-4).equals(Buffer.alloc(4))) return;
      const said = reply(streamed(received));
      if (said === undefined) socket.destroy();
      else socket.end(`${said}\0`);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    stop: async () => await new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

/** The bytes sent, without their chunks, so that a wrong length is seen. */
function streamed(received: Buffer): Buffer {
  expect(received.subarray(0, 10).toString('latin1')).toBe('zINSTREAM\0');
  const parts: Buffer[] = [];
  let at = 10;
  for (let size = received.readUInt32BE(at); size > 0; size = received.readUInt32BE(at)) {
    parts.push(received.subarray(at + 4, at + 4 + size));
    at += 4 + size;
  }
  return Buffer.concat(parts);
}

describe('looking for malware', () => {
  test('clamd: gets every byte of a file in many chunks, and its answer counts', async () => {
    const bytes = Buffer.concat([Buffer.alloc(200_000, 1), EICAR]);
    const clamd = await startClamd((received) =>
      received.equals(bytes) ? 'stream: Eicar-Signature FOUND' : 'stream: OK',
    );
    const scanner = new ClamAv({ host: '127.0.0.1', port: clamd.port });
    expect(await scanner.scan(bytes)).toStrictEqual({ clean: false, found: 'Eicar-Signature' });
    expect(await scanner.scan(photo)).toStrictEqual({ clean: true });
    await clamd.stop();
  });

  test('clamd: an error, a closed connection or no answer is never clean', async () => {
    for (const reply of ['INSTREAM size limit exceeded. ERROR', 'stream: OKAY', undefined]) {
      const clamd = await startClamd(() => reply);
      expect([
        String(reply),
        await new ClamAv({ host: '127.0.0.1', port: clamd.port })
          .scan(photo)
          .catch((thrown: unknown) => thrown),
      ]).toStrictEqual([String(reply), expect.any(ScannerUnavailable)]);
      await clamd.stop();
    }
    const silent = createServer((socket) => void socket.on('error', () => {}).resume());
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as AddressInfo;
    await expect(
      new ClamAv({ host: '127.0.0.1', port, timeoutMs: 100 }).scan(photo),
    ).rejects.toThrow(ScannerUnavailable);
    await new Promise<void>((resolve) => silent.close(() => resolve()));
    await expect(new ClamAv({ host: '127.0.0.1', port }).scan(photo)).rejects.toThrow(
      ScannerUnavailable,
    );
  });

  test('a photo with the test virus is refused, and nothing of it is stored', async () => {
    const owner = await makePerson(owners);
    const before = await readdir(folder);
    const taken = await acceptUpload(deps, { owner, bytes: Buffer.concat([photo, EICAR]) });
    expect(!taken.ok && taken.refusal.code).toBe('infected');
    expect(await readdir(folder)).toStrictEqual(before);
  });
});

describe('a stored document', () => {
  test('a document is sealed, opens with its owner’s key only, and each look is audited', async () => {
    const owner = await makePerson(owners);
    const taken = await acceptUpload(deps, { owner, bytes: photo });
    assert.ok(taken.ok);
    const { id } = taken.value;
    const lying = await deps.storage.get(id);
    assert.ok(lying && !lying.includes(photo.subarray(0, 20)));
    const opened = await openDocument(deps, { id, owner, by: 'acc_reviewer', purpose: 'review' });
    assert.ok(opened.ok);
    expect((await sharp(opened.value).metadata()).format).toBe('jpeg');
    const looks = await db.query<{ actor: string; detail: { purpose: string } }>(sql`
      select actor, detail from audit_log where action = 'owner.opened' and detail ->> 'row' = ${id}`);
    expect(looks.map(({ actor, detail }) => [actor, detail.purpose])).toStrictEqual([
      ['acc_reviewer', 'review'],
    ]);
  });

  test('a document does not open in another document’s place', async () => {
    const owner = await makePerson(owners);
    const [one, two] = [
      await acceptUpload(deps, { owner, bytes: photo }),
      await acceptUpload(deps, { owner, bytes: photo }),
    ];
    assert.ok(one.ok && two.ok);
    await deps.storage.remove(two.value.id);
    await deps.storage.put(two.value.id, (await deps.storage.get(one.value.id)) ?? Buffer.alloc(0));
    const opened = await openDocument(deps, {
      id: two.value.id,
      owner,
      by: 'system',
      purpose: 'verification',
    });
    expect(!opened.ok && opened.refusal.code).toBe('not_authentic');
  });

  test('a document does not open after its owner is deleted', async () => {
    const owner = await makePerson(owners);
    const taken = await acceptUpload(deps, { owner, bytes: photo });
    assert.ok(taken.ok);
    await db.transaction(
      async (tx) => await deleteOwner(tx, { owner, by: 'system', because: 'asked' }),
    );
    const opened = await openDocument(deps, {
      id: taken.value.id,
      owner,
      by: 'system',
      purpose: 'own_data',
    });
    expect(!opened.ok && opened.refusal.code).toBe('no_key');
  });
});

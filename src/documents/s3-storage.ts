import {
  DeleteObjectCommand,
  GetObjectCommand,
  NoSuchKey,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { DocumentId } from '../kernel/ids.ts';
import type { DocumentStorage } from './ports/storage.ts';

/**
 * Documents as objects of an S3 bucket. The caller makes the client, with region, endpoint and
 * credentials.
 */
export class S3Storage implements DocumentStorage {
  readonly #client: S3Client;
  readonly #bucket: string;
  readonly #prefix: string;

  constructor(
    client: S3Client,
    { bucket, prefix = '' }: { readonly bucket: string; readonly prefix?: string },
  ) {
    this.#client = client;
    this.#bucket = bucket;
    this.#prefix = prefix;
  }

  async put(id: DocumentId, sealed: Uint8Array): Promise<void> {
    const object = {
      ...this.#named(id),
      Body: sealed,
      ContentType: 'application/octet-stream',
      IfNoneMatch: '*',
    };
    await this.#client.send(new PutObjectCommand(object));
  }

  async get(id: DocumentId): Promise<Buffer | undefined> {
    try {
      const { Body } = await this.#client.send(new GetObjectCommand(this.#named(id)));
      return Body && Buffer.from(await Body.transformToByteArray());
    } catch (error) {
      if (error instanceof NoSuchKey) return undefined;
      throw error;
    }
  }

  async remove(id: DocumentId): Promise<void> {
    await this.#client.send(new DeleteObjectCommand(this.#named(id)));
  }

  #named(id: DocumentId): { Bucket: string; Key: string } {
    return { Bucket: this.#bucket, Key: `${this.#prefix}${id}` };
  }
}

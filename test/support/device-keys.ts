import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import type { Page } from '../../examples/demo/page.ts';

/** A browser's key, as src/web/core/assets/device.js makes one. */
export class DeviceKey {
  readonly #private: KeyObject;
  /** As the form shows it: the uncompressed point. */
  readonly shown: string;

  constructor() {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
    this.#private = privateKey;
    this.shown = Buffer.concat([
      Buffer.of(4),
      Buffer.from(x, 'base64url'),
      Buffer.from(y, 'base64url'),
    ]).toString('base64url');
  }

  sign(nonce: string): string {
    const signed = Buffer.from(`bindery device key 1 ${nonce}`);
    return sign('sha256', signed, { key: this.#private, dsaEncoding: 'ieee-p1363' }).toString(
      'base64url',
    );
  }

  /** The fields that the script would have filled in on `page`. */
  proof(
    page: Page,
    nonce = nonceOf(page),
  ): { readonly device_key: string; readonly device_proof: string } {
    return { device_key: this.shown, device_proof: this.sign(nonce) };
  }
}

export function nonceOf(page: Page): string {
  return page.form('device_nonce').filled({}).get('device_nonce') ?? '';
}

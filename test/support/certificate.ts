import { generateKeyPairSync, sign } from 'node:crypto';

/** A key and its self-signed certificate for `localhost`, both as PEM. */
export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

/** The length and contents of one value (X.690 §8.1). */
function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const size = body.length;
  const length =
    size < 0x80 ? [size] : size < 0x100 ? [0x81, size] : [0x82, size >> 8, size & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
}

const sequence = (...parts: readonly Buffer[]): Buffer => der(0x30, ...parts);
const oid = (hex: string): Buffer => der(0x06, Buffer.from(hex, 'hex'));
const bits = (bytes: Buffer): Buffer => der(0x03, Buffer.from([0]), bytes);
const ECDSA_SHA256 = sequence(oid('2a8648ce3d040302'));

/** Made anew for each run (RFC 5280 §4.1): no key lies in the repository, and none ever expires. */
export function makeCertificate(): Certificate {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const name = sequence(
    der(0x31, sequence(oid('550403'), der(0x0c, Buffer.from('Tests of Bindery')))),
  );
  const moment = (at: number): Buffer =>
    der(0x18, Buffer.from(`${new Date(at).toISOString().replace(/[-:T]|\..*/g, '')}Z`));
  const hour = 3_600_000;
  const extension = (id: string, value: Buffer): Buffer => sequence(oid(id), der(0x04, value));
  const signed = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.from([1])),
    ECDSA_SHA256,
    name,
    sequence(moment(Date.now() - hour), moment(Date.now() + 24 * hour)),
    name,
    publicKey.export({ format: 'der', type: 'spki' }),
    der(
      0xa3,
      sequence(
        extension('551d13', sequence(der(0x01, Buffer.from([0xff])))), // it is its own authority
        extension('551d11', sequence(der(0x82, Buffer.from('localhost')))),
      ),
    ),
  );
  const whole = sequence(signed, ECDSA_SHA256, bits(sign('sha256', signed, privateKey)));
  const lines = whole.toString('base64').replace(/.{64}/g, '$&\n').trimEnd();
  return {
    key: privateKey.export({ format: 'pem', type: 'pkcs8' }) as string,
    cert: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
  };
}

/** Of a keyed hash, what tables of signals keep: 128 bits tell apart whatever an installation will ever see. */
const LENGTH = 16;

export function keyedBytes(hash: string): Buffer {
  return Buffer.from(hash, 'base64url').subarray(0, LENGTH);
}

/** The same, as it stands in a {@link Neighbourhood}. */
export function keyedName(hash: string): string {
  return keyedBytes(hash).toString('hex');
}

/** Bytes kept of a keyed hash: 128 bits are enough to tell all values of an installation apart. */
const LENGTH = 16;

export function keyedBytes(hash: string): Buffer {
  return Buffer.from(hash, 'base64url').subarray(0, LENGTH);
}

/** The same bytes, as a {@link Neighbourhood} names them. */
export function keyedName(hash: string): string {
  return keyedBytes(hash).toString('hex');
}

import { isIPv4 } from 'node:net';
import ipaddr from 'ipaddr.js';

/** What a record of an address database may hold. */
export type Value = string | number | boolean | { readonly [name: string]: Value };

interface Branch {
  readonly down: [Node, Node];
}
type Node = Branch | Value | undefined;

const MARKER = Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1');
const RECORD_BYTES = 4;

/**
 * A MaxMind DB file (format 2.0: IPv6 tree, records of 32 bits, no pointers) of these networks; of
 * two, the later one counts.
 */
export function makeDatabase(type: string, networks: Readonly<Record<string, Value>>): Buffer {
  const root: Branch = { down: [undefined, undefined] };
  for (const [network, value] of Object.entries(networks)) plant(root, network, value);
  const branches = [root];
  for (const { down } of branches) for (const node of down) if (isBranch(node)) branches.push(node);

  const numbers = new Map(branches.map((branch, at) => [branch, at]));
  const data: Buffer[] = [];
  let size = 0;
  const tree = Buffer.alloc(branches.length * 2 * RECORD_BYTES);
  const recordOf = (node: Node): number => {
    if (node === undefined) return branches.length; // no data for this address
    if (isBranch(node)) return numbers.get(node) ?? 0;
    const record = branches.length + 16 + size;
    const bytes = encode(node);
    data.push(bytes);
    size += bytes.length;
    return record;
  };
  for (const [at, { down }] of branches.entries())
    for (const side of [0, 1] as const)
      tree.writeUInt32BE(recordOf(down[side]), (at * 2 + side) * RECORD_BYTES);

  const metadata = {
    binary_format_major_version: 2,
    binary_format_minor_version: 0,
    build_epoch: 1_790_000_000,
    database_type: type,
    description: { en: 'made for a test' },
    ip_version: 6,
    node_count: branches.length,
    record_size: 8 * RECORD_BYTES,
  };
  return Buffer.concat([tree, Buffer.alloc(16), ...data, MARKER, encode(metadata)]);
}

function isBranch(node: Node): node is Branch {
  return typeof node === 'object' && 'down' in node;
}

function plant(root: Branch, network: string, value: Value): void {
  const [address, length] = ipaddr.parseCIDR(network);
  const v4 = isIPv4(network.split('/')[0] ?? '');
  const bytes = [...(v4 ? Array<number>(12).fill(0) : []), ...address.toByteArray()];
  const bits = bytes
    .flatMap((byte) => Array.from({ length: 8 }, (_, at) => (byte >> (7 - at)) & 1))
    .slice(0, (v4 ? 96 : 0) + length);
  let at = root;
  for (const [depth, bit] of bits.entries()) {
    const side = bit === 1 ? 1 : 0;
    if (depth === bits.length - 1) at.down[side] = value;
    else {
      const next = at.down[side];
      const branch: Branch = isBranch(next) ? next : { down: [next, next] };
      at.down[side] = branch;
      at = branch;
    }
  }
}

// Types of the data section: 2 text, 3 double, 6 unsigned 32 bits, 7 map, 14 boolean (extended).
function encode(value: Value): Buffer {
  if (typeof value === 'string')
    return Buffer.concat([control(2, Buffer.byteLength(value)), Buffer.from(value)]);
  if (typeof value === 'boolean') return Buffer.from([value ? 1 : 0, 14 - 7]);
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0) {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value);
    return Buffer.concat([control(6, 4), bytes]);
  }
  if (typeof value === 'number') {
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleBE(value);
    return Buffer.concat([control(3, 8), bytes]);
  }
  const entries = Object.entries(value);
  return Buffer.concat([
    control(7, entries.length),
    ...entries.flatMap(([name, each]) => [encode(name), encode(each)]),
  ]);
}

function control(type: number, size: number): Buffer {
  return size < 29 ? Buffer.from([(type << 5) | size]) : Buffer.from([(type << 5) | 29, size - 29]);
}

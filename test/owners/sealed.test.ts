import { randomBytes } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { open, type Place, seal } from '../../src/owners/sealed.ts';

const key = randomBytes(32);
const place: Place = { table: 'owner_fields', row: 'own_1', column: 'number' };
const bytes = fc.uint8Array({ maxLength: 200 });
const codeOf = (opened: ReturnType<typeof open>) => (opened.ok ? 'opened' : opened.refusal.code);

describe('a sealed value', () => {
  test('a sealed value opens in its place', () => {
    fc.assert(
      fc.property(bytes, (plain) =>
        expect(open(key, place, seal(key, place, plain))).toStrictEqual({
          ok: true,
          value: Buffer.from(plain),
        }),
      ),
    );
  });

  test('a sealed value does not open in another table, row or column', () => {
    const sealed = seal(key, place, Buffer.from('secret'));
    const elsewhere: Place[] = [
      { ...place, table: 'documents' },
      { ...place, row: 'own_2' },
      { ...place, column: 'name' },
      { table: 'owner_fieldsown_1', row: '', column: 'number' },
      { table: 'owner_fields', row: 'own_1","number', column: '' },
    ];
    for (const other of elsewhere) expect(codeOf(open(key, other, sealed))).toBe('not_authentic');
  });

  test('a sealed value does not open with one changed bit', () => {
    fc.assert(
      fc.property(bytes, fc.nat(), (plain, at) => {
        const sealed = seal(key, place, plain);
        const bit = at % (sealed.length * 8);
        sealed.writeUInt8(sealed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
        expect(codeOf(open(key, place, sealed))).toBe('not_authentic');
      }),
    );
  });

  test('a cut value, another key and unsealed bytes do not open', () => {
    const sealed = seal(key, place, Buffer.from('secret'));
    for (let length = 0; length < sealed.length; length += 1) {
      expect(codeOf(open(key, place, sealed.subarray(0, length)))).toBe('not_authentic');
    }
    expect(codeOf(open(randomBytes(32), place, sealed))).toBe('not_authentic');
    fc.assert(
      fc.property(bytes, (noise) => expect(codeOf(open(key, place, noise))).toBe('not_authentic')),
    );
  });

  test('equal values have different ciphertexts', () => {
    expect(seal(key, place, Buffer.from('same'))).not.toStrictEqual(
      seal(key, place, Buffer.from('same')),
    );
  });
});

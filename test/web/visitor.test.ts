import { describe, expect, test } from '@jest/globals';
import { deviceLabel, networkOf } from '../../src/web/core/visitor.ts';

describe('the device label and network of a visit', () => {
  const phones: readonly (readonly [string, string])[] = [
    [
      'Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36',
      'Chrome · Android',
    ],
    [
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1',
      'Safari · iOS',
    ],
    [
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:144.0) Gecko/20100101 Firefox/144.0',
      'Firefox · Windows',
    ],
    ['', '?'],
    ['\u0000'.repeat(20_000), '?'],
  ];
  for (const [agent, label] of phones) {
    test(`a device is shown as ${label}: ${JSON.stringify(agent).slice(0, 40)}`, () =>
      expect(deviceLabel(agent)).toBe(label));
  }

  // biome-ignore format: a table is read by its columns
  const networks: readonly (readonly [string, string])[] = [
    ['203.0.113.77',        '203.0.113.0/24'],
    ['::ffff:203.0.113.77', '203.0.113.0/24'],
    ['2001:db8:1:2::5',     '2001:db8:1::/48'],
    ['127.0.0.1',           '127.0.0.0/24'],
    ['::1',                 '::/48'],
    ['not an address',      '?'],
    ['',                    '?'],
  ];
  for (const [address, network] of networks) {
    test(`only the network of ${address || 'an empty address'} is kept`, () =>
      expect(networkOf(address)).toBe(network));
  }
});

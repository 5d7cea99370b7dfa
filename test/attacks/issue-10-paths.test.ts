import { request } from 'node:http';
import { expect, test } from '@jest/globals';
import { startServer } from '../support/server.ts';

const PLACES = { root: '', path: '/bindery' } as const;

/** Sends the path as it stands, which `fetch` does not. */
async function sendRaw(issuer: string, path: string): Promise<readonly [number, string]> {
  const { hostname, port } = new URL(issuer);
  const headers = { accept: 'text/html', host: 'evil.example' };
  return await new Promise((resolve, reject) => {
    const sent = request({ hostname, port, path, headers }, (answer) => {
      let text = answer.headers.location ?? '';
      answer.on('data', (part) => {
        text += String(part);
      });
      answer.on('end', () => resolve([answer.statusCode ?? 0, text]));
    });
    sent.on('error', reject);
    sent.end();
  });
}

for (const [what, path] of Object.entries(PLACES))
  test(`no path makes a page link to another server: issuer at the ${what}`, async () => {
    const { issuer } = await startServer({ path });
    for (const odd of [
      '//evil.example',
      '///evil.example/',
      '//evil.example/account',
      '/\\evil.example',
    ])
      for (const query of ['', '?lang=en']) {
        const [status, text] = await sendRaw(issuer, `${path}${odd}${query}`);
        expect([odd, status, text.includes('evil')]).toStrictEqual([odd, 404, false]);
      }
  });

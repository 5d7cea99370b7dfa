import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { REFUSAL_CODES } from '../../src/kernel/refusals.ts';
import { makeProofKey } from '../support/apps.ts';
import { HttpBrowser } from '../support/http-browser.ts';
import { changeBinding } from '../support/journeys.ts';
import { startServer } from '../support/server.ts';
import { type Block, blocksOf, codesIn, readDocument, tableUnder } from './examples.ts';
import { expectAnswer, parseExchange, send } from './exchange.ts';
import { expectLike, filled, parseWritten, type Seen } from './likeness.ts';
import { Play } from './play.ts';
import { forged, loadRelyingParty, type MakeVerifier } from './relying-party.ts';

const PROTOCOL = readDocument('docs/protocol.md');
const BLOCKS = blocksOf(PROTOCOL);
/** The issuer that the document's examples show: `npm start` without settings. */
const SHOWN_ISSUER = 'http://localhost:3000';

// biome-ignore format: a table is read by its columns
const TITLES: Readonly<Record<string, (block: Block) => string>> = {
  http:   (block) => `${block.lines[0]} is answered ${parseExchange(block).answer.status}`,
  people: ({ lines }) => lines.join('; ').slice(0, 60),
  jwt:    ({ about }) => `${about} says what is shown`,
  js:     () => 'a relying party believes what is right and nothing else',
};

const server = await startServer();
const key = await makeProofKey();
const verifier = randomBytes(32).toString('base64url');
/** What the app and its users know before they begin. */
const seen: Seen = new Map([
  ['state', randomBytes(8).toString('base64url')],
  ['code_verifier', verifier],
  ['code_challenge', createHash('sha256').update(verifier).digest('base64url')],
  ['key_thumbprint', key.thumbprint],
]);

describe('the examples of docs/protocol.md, in their order', () => {
  const play = new Play(server, seen);
  let broken = false;

  for (const shown of BLOCKS) {
    const title = TITLES[shown.language];
    if (!title) continue;
    test(`the example works in line ${shown.line}, ${shown.section}: ${title(shown)}`, async () => {
      if (broken) throw new Error('an earlier example failed, and this one builds on it');
      broken = true;
      await run({
        ...shown,
        lines: shown.lines.map((line) => line.replaceAll(SHOWN_ISSUER, server.issuer)),
      });
      broken = false;
    });
  }

  async function run(block: Block): Promise<void> {
    if (block.language === 'people') return await play.perform(block);
    if (block.language === 'jwt') return expectToken(block);
    if (block.language === 'js')
      return await checkRelyingParty(await loadRelyingParty(block.lines));
    const exchange = parseExchange(block);
    const url = new URL(filled(exchange.target, seen), server.issuer).href;
    seen.set('dpop_proof', await key.prove(url));
    seen.set('dpop_proof_of_another_key', await (await makeProofKey()).prove(url));
    await expectAnswer(exchange, await send(exchange, server.issuer, seen), seen);
  }

  function expectToken({ about, lines }: Block): void {
    const [header = '', payload = ''] = lines.join('\n').split(/^\.$/m);
    const token = filled(about, seen);
    expectLike(decodeProtectedHeader(token), parseWritten(header), seen, 'the header');
    expectLike(decodeJwt(token), parseWritten(payload), seen, 'the payload');
  }

  async function checkRelyingParty(makeVerifier: MakeVerifier): Promise<void> {
    const { issuer } = server;
    const by = { issuer, jwksUri: `${issuer}/jwks`, audience: 'https://rp.example' };
    const verify = makeVerifier(by);
    const verifyAtPhone = makeVerifier({ ...by, audience: 'demo-phone' });
    const token = filled('{binding_token}', seen);
    const bound = filled('{phone_token}', seen);
    const verified = {
      sub: seen.get('sub_id'),
      primary: seen.get('primary_id'),
      permissions: ['comment', 'repost'],
    };
    expect(await verify(token)).toStrictEqual(verified);
    expect(await verifyAtPhone(bound, key.thumbprint)).toBeTruthy();

    await expect(verify(forged(token))).rejects.toThrow(/signature/);
    await expect(verifyAtPhone(token)).rejects.toThrow(/aud/);
    await expect(
      makeVerifier({ ...by, issuer: 'https://somebody-else.example' })(token),
    ).rejects.toThrow(/iss/);
    await expect(
      makeVerifier({ ...by, audience: 'demo-web' })(filled('{id_token}', seen)),
    ).rejects.toThrow(/typ/);
    await expect(verifyAtPhone(bound)).rejects.toThrow(/key/);
    await expect(verifyAtPhone(bound, (await makeProofKey()).thumbprint)).rejects.toThrow(/key/);

    const id = filled('{binding_id}', seen);
    await changeBinding(new HttpBrowser(issuer), 'linxiao-reads', id, 'suspend');
    await waitForStatus();
    await expect(verify(token)).rejects.toThrow(/suspended/);
    await changeBinding(new HttpBrowser(issuer), 'linxiao-reads', id, 'resume');
    await waitForStatus();
    expect(await verify(token)).toStrictEqual(verified);
  }
});

/** The server looks for a newer list once a second. */
async function waitForStatus(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 1_200));
}

describe('docs/protocol.md is complete', () => {
  test('docs/protocol.md explains every claim of a binding token, and no other', () => {
    const written = BLOCKS.filter(
      ({ language, about }) => language === 'jwt' && /_token\}$/.test(about),
    ).map(({ lines }) => parseWritten(lines.join('\n').split(/^\.$/m)[1] ?? ''));
    const claims = new Set(written.flatMap((token) => pathsOf(token)));
    const explained = tableUnder(PROTOCOL, 'Claims').flatMap(([name]) => codesIn(name));
    expect([...explained].sort()).toStrictEqual([...claims].sort());
  });

  test('docs/protocol.md names every public refusal code', () => {
    const named = tableUnder(PROTOCOL, 'Refusals').flatMap(([name]) => codesIn(name));
    expect([...named].sort()).toStrictEqual([...REFUSAL_CODES].sort());
  });

  test('every block of docs/protocol.md that looks like an example is run', () => {
    const idle = BLOCKS.filter(({ language }) => language !== 'text' && !(language in TITLES));
    expect(idle.map(({ line }) => `line ${line}`)).toStrictEqual([]);
    expect(BLOCKS.filter(({ language }) => language === 'http').length).toBeGreaterThan(15);
  });
});

/** `binding.same_owner.method`; the members of a list's items without a number. */
function pathsOf(value: unknown, path = ''): readonly string[] {
  if (Array.isArray(value))
    return value.filter((item) => item !== '…').flatMap((item) => pathsOf(item, `${path}[]`));
  if (typeof value !== 'object' || value === null) return [path];
  return Object.entries(value).flatMap(([name, member]) =>
    pathsOf(member, path === '' ? name : `${path}.${name}`),
  );
}

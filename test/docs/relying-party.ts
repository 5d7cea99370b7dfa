import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** The result of the document's relying party for a token that it accepts. */
export interface Verified {
  readonly sub: string;
  readonly primary: string;
  readonly permissions: readonly string[];
}

export type MakeVerifier = (by: {
  readonly issuer: string;
  readonly jwksUri: string;
  readonly audience: string;
}) => (token: string, provenKey?: string) => Promise<Verified>;

/** The document's code as a module, inside the repository so that it finds `jose`. */
export async function loadRelyingParty(lines: readonly string[]): Promise<MakeVerifier> {
  mkdirSync('.data', { recursive: true });
  const folder = mkdtempSync('.data/docs-');
  try {
    const file = join(folder, 'relying-party.mjs');
    writeFileSync(file, lines.join('\n'));
    const { makeVerifier } = (await import(pathToFileURL(file).href)) as {
      makeVerifier: MakeVerifier;
    };
    return makeVerifier;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The same token with one claim changed, as a forger would. */
export function forged(token: string): string {
  const [header, payload = '', signature] = token.split('.');
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<
    string,
    unknown
  >;
  return [
    header,
    Buffer.from(JSON.stringify({ ...claims, sub: 'somebody-else' })).toString('base64url'),
    signature,
  ].join('.');
}

import { randomInt } from 'node:crypto';
import { newSecret } from '../kernel/ids.ts';
import type { InstallationSecret } from '../kernel/secrets.ts';
import type { Pack } from '../policy/pack.ts';
import { type Code, makeCode } from './code.ts';
import type { LiveCode } from './requests.store.ts';

/** What the initiator's page shows, once: the server keeps only keyed hashes of both (R7). */
export interface ShownCode {
  readonly code: Code;
  /** Opaque reference of the QR and the same-browser link: as strong as the code, and dead with it. */
  readonly link: string;
}

const HALF = 8;

export function issueCode(
  secrets: InstallationSecret,
  pack: Pack,
): { shown: ShownCode; live: LiveCode } {
  const shown: ShownCode = { code: makeCode(randomInt), link: newSecret() };
  return {
    shown,
    live: {
      ...hashesOf(secrets, shown.code),
      linkHash: hashLink(secrets, shown.link),
      lifetimeSeconds: pack.code.lifetimeSeconds,
    },
  };
}

export function hashesOf(
  secrets: InstallationSecret,
  code: Code,
): { codeHash: Buffer; leftHash: Buffer; rightHash: Buffer } {
  return {
    codeHash: secrets.hash('det', code),
    leftHash: secrets.hash('det-left', code.slice(0, HALF)),
    rightHash: secrets.hash('det-right', code.slice(HALF)),
  };
}

export function hashLink(secrets: InstallationSecret, link: string): Buffer {
  return secrets.hash('det-link', link);
}

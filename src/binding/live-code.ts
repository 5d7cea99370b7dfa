import { randomInt } from 'node:crypto';
import { newSecret } from '../kernel/ids.ts';
import type { InstallationSecret } from '../kernel/secrets.ts';
import type { Pack } from '../policy/pack.ts';
import { type Code, halvesOf, makeCode } from './code.ts';
import type { LiveCode } from './requests.store.ts';

/** What the initiator's page shows, once: the server keeps only keyed hashes of both (R7). */
export interface ShownCode {
  readonly code: Code;
  /** Opaque reference of the QR and the same-browser link: as strong as the code, and dead with it. */
  readonly link: string;
  readonly lifetimeSeconds: number;
}

export function issueCode(
  secrets: InstallationSecret,
  pack: Pack,
): { shown: ShownCode; live: LiveCode } {
  const { lifetimeSeconds } = pack.code;
  const shown: ShownCode = { code: makeCode(randomInt), link: newSecret(), lifetimeSeconds };
  return {
    shown,
    live: {
      ...hashesOf(secrets, shown.code),
      linkHash: hashLink(secrets, shown.link),
      lifetimeSeconds,
    },
  };
}

export function hashesOf(
  secrets: InstallationSecret,
  code: Code,
): { codeHash: Buffer; leftHash: Buffer; rightHash: Buffer } {
  const [left, right] = halvesOf(code);
  return {
    codeHash: secrets.hash('det', code),
    leftHash: secrets.hash('det-left', left),
    rightHash: secrets.hash('det-right', right),
  };
}

export function hashLink(secrets: InstallationSecret, link: string): Buffer {
  return secrets.hash('det-link', link);
}

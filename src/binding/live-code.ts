import { randomInt } from 'node:crypto';
import { newSecret } from '../kernel/ids.ts';
import type { InstallationSecret } from '../kernel/secrets.ts';
import type { Pack } from '../policy/pack.ts';
import { type Code, halvesOf, makeCode } from './code.ts';
import type { LiveCode } from './requests.store.ts';

/** What the initiator's page shows, once. The server stores keyed hashes only (R7). */
export interface ShownCode {
  readonly code: Code;
  /**
   * The secret of the QR and the same-browser link. It is worth as much as the code, and dies with
   * it.
   */
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

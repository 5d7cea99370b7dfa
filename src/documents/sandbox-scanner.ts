import type { ScanResult, VirusScanner } from './ports/virus-scanner.ts';

/**
 * The standard antivirus test file, in two parts so that this file is not taken for it (eicar.org).
 */
const EICAR = Buffer.from(
  `${'X5O!P%@AP[4\\PZX54(P^)7CC)7}$'}${'EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*'}`,
);

/** Knows only the harmless test virus. */
export class SandboxScanner implements VirusScanner {
  async scan(bytes: Uint8Array): Promise<ScanResult> {
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).includes(EICAR)
      ? { clean: false, found: 'Eicar-Test-Signature' }
      : { clean: true };
  }
}

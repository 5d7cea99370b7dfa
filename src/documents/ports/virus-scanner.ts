/**
 * Looks for malware. Promises: `scan` says clean only of bytes it has looked at whole; when it cannot tell (down, too
 * large, time out) it throws {@link ScannerUnavailable}, and the document is not taken: unscanned is not clean.
 */
export interface VirusScanner {
  scan(bytes: Uint8Array): Promise<ScanResult>;
}

export type ScanResult =
  | { readonly clean: true }
  | { readonly clean: false; readonly found: string };

export class ScannerUnavailable extends Error {
  override readonly name = 'ScannerUnavailable';
}

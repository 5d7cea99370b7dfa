/**
 * Looks for malware. Promises: `scan` says clean only of bytes that it has read completely. When it
 * cannot tell (down, too large, timeout), it throws {@link ScannerUnavailable}, and the document is
 * refused.
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

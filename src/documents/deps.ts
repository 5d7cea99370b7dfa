import type { KeyCustody } from '../owners/custody.ts';
import type { Database } from '../store/database.ts';
import type { DocumentStorage } from './ports/storage.ts';
import type { VirusScanner } from './ports/virus-scanner.ts';

/** What the verbs of this room are given by compose.ts. */
export interface DocumentDeps {
  readonly db: Database;
  readonly custody: KeyCustody;
  readonly storage: DocumentStorage;
  readonly scanner: VirusScanner;
}

import type { KeyCustody } from '../owners/custody.ts';
import type { Database } from '../store/database.ts';
import type { DocumentStorage } from './ports/storage.ts';
import type { VirusScanner } from './ports/virus-scanner.ts';

/** What compose.ts gives to the verbs of this room. */
export interface DocumentDeps {
  readonly db: Database;
  readonly custody: KeyCustody;
  readonly storage: DocumentStorage;
  readonly scanner: VirusScanner;
}

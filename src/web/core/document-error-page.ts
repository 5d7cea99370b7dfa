import type { UploadRefusal } from '../../documents/accept-upload.ts';
import type { ErrorPageCode } from './error-pages.ts';

/** What a form says of a document that was not taken, whatever it was brought for. */
// biome-ignore format: a table is read by its columns
export const DOCUMENT_ERROR_PAGE = {
  empty:             'document_missing',
  too_large:         'document_too_large',
  not_accepted_type: 'document_type',
  not_readable:      'document_unreadable',
  too_small:         'document_too_small',
  active_content:    'document_active',
  infected:          'document_infected',
  no_key:            'keys_unavailable',
  key_unavailable:   'keys_unavailable',
} as const satisfies Record<UploadRefusal, ErrorPageCode>;

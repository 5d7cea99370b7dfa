import { z } from 'zod';
import { listAudit, listAuditOf } from '../../audit/audit-pages.store.ts';
import { ok } from '../../kernel/refusals.ts';
import { findVersions } from '../../policy/pack-versions.store.ts';
import { type Operation, operation } from './operation.ts';
import { paged, pageOf, pageQuery } from './page.ts';

const title = z.object({ zh: z.string(), en: z.string() });

/** What stays on record: the versions of packs, and the audit log. */
export const RECORD_OPERATIONS: readonly Operation[] = [
  operation({
    method: 'get',
    path: '/packs',
    scope: 'packs:read',
    summary: 'The packs in force, and every version that ever was',
    answer: z.object({
      items: z.array(
        z.object({
          id: z.string(),
          title,
          version: z.int(),
          versions: z.array(z.object({ version: z.int(), recordedAt: z.iso.datetime() })),
        }),
      ),
    }),
    async run({ db, packs }) {
      const versions = await findVersions(db);
      return ok({
        items: [...packs.current.values()].map((pack) => ({
          id: pack.id,
          title: pack.title,
          version: pack.version,
          versions: versions
            .filter((each) => each.pack === pack.id)
            .map((each) => ({ version: each.version, recordedAt: each.recorded_at })),
        })),
      });
    },
  }),
  operation({
    method: 'get',
    path: '/audit',
    scope: 'audit:read',
    summary: 'The audit log in its order, of everything or of one subject',
    query: pageQuery.extend({
      after: z.coerce.number().int().min(0).default(0),
      subject: z.string().max(128).optional(),
      action: z.string().max(64).optional(),
    }),
    answer: pageOf(
      z.object({
        seq: z.int(),
        at: z.iso.datetime(),
        action: z.string(),
        subject: z.string(),
        actor: z.string().nullable(),
        detail: z.record(z.string(), z.unknown()),
      }),
    ),
    async run({ db }, { query: { after, limit, subject, action = null } }) {
      const asked = { after, most: limit + 1, action };
      const rows =
        subject === undefined ? await listAudit(db, asked) : await listAuditOf(db, subject, asked);
      return ok(paged(rows, limit, { show: (row) => row, cursor: ({ seq }) => String(seq) }));
    },
  }),
];

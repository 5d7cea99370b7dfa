import { ok, type ReportRefusal, type Result, refuse } from '../kernel/refusals.ts';
import { BULK_ANSWER_SCHEMA, type Bulk, type BulkOperation, withReferences } from './bulk.ts';
import { closeUser, patchUser, replaceUser } from './change-user.ts';
import { createUser } from './create-user.ts';
import type { Keeper, UserDeps } from './deps.ts';
import { errorBody, SCIM_ERRORS, type ScimCode } from './scim-errors.ts';
import { type Resource, type User, versionOf } from './user.ts';

/** Runs operations one after another, each in a transaction of its own (RFC 7644 §3.7). */
export async function runBulk(
  deps: UserDeps & { readonly report: ReportRefusal },
  keeper: Keeper,
  { bulk, base }: { readonly bulk: Bulk; readonly base: string },
): Promise<Resource> {
  const made = new Map<string, string>();
  const answers: Resource[] = [];
  let errors = 0;
  for (const operation of bulk.operations) {
    const { method, bulkId, id } = operation;
    const done = await run(deps, keeper, resolved(operation, made));
    const answer = { method, ...(bulkId === undefined ? {} : { bulkId }) };
    if (done.ok) {
      const user = done.value;
      if (user && bulkId !== undefined) made.set(bulkId, user.id);
      const location = `${base}/Users/${user?.id ?? resolvedId(id, made)}`;
      const version = user ? { version: versionOf(user) } : {};
      answers.push({ ...answer, location, ...version, status: STATUS[method] });
      continue;
    }
    deps.report(done.refusal);
    const { code } = done.refusal;
    const location = id === undefined ? {} : { location: `${base}/Users/${resolvedId(id, made)}` };
    const response = errorBody(done.refusal);
    answers.push({ ...answer, ...location, status: String(SCIM_ERRORS[code].status), response });
    errors += 1;
    if (errors >= bulk.failOnErrors) break;
  }
  return { schemas: [BULK_ANSWER_SCHEMA], Operations: answers };
}

const STATUS = { POST: '201', PUT: '200', PATCH: '200', DELETE: '204' } as const;

/** Undefined: it refers to something that was not made. */
function resolved(
  operation: BulkOperation,
  made: ReadonlyMap<string, string>,
): BulkOperation | undefined {
  let missing = false;
  const idOf = (name: string): string => {
    const id = made.get(name);
    missing ||= id === undefined;
    return id ?? '';
  };
  const id = operation.id === undefined ? undefined : String(withReferences(operation.id, idOf));
  const data = withReferences(operation.data, idOf);
  return missing ? undefined : { ...operation, id, data };
}

function resolvedId(id: string | undefined, made: ReadonlyMap<string, string>): string {
  return String(withReferences(id ?? '', (name) => made.get(name) ?? `bulkId:${name}`));
}

async function run(
  deps: UserDeps,
  keeper: Keeper,
  operation: BulkOperation | undefined,
): Promise<Result<User | null, ScimCode>> {
  if (!operation) return refuse('unknown_reference', 'SCIM-2B0');
  const { method, id = '', data: body, version: ifMatch } = operation;
  if (method === 'POST') return await createUser(deps, keeper, body);
  if (method === 'PUT') return await replaceUser(deps, keeper, { id, ifMatch, body });
  if (method === 'PATCH') return await patchUser(deps, keeper, { id, ifMatch, body });
  const closed = await closeUser(deps, keeper, { id, ifMatch });
  return closed.ok ? ok(null) : closed;
}

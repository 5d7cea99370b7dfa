import { randomBytes } from 'node:crypto';
import type { Kind } from '../../src/accounts/account.ts';
import { newId } from '../../src/kernel/ids.ts';
import type { Db } from '../../src/store/database.ts';
import { sql } from '../../src/store/sql.ts';

/** A new account without any data that signs in with the demo's password; returns its login. */
export async function makeApplicantOf(db: Db, kind: Kind): Promise<string> {
  const id = newId('acc');
  const login = `a${randomBytes(4).toString('hex')}`;
  await db.query(sql`
    insert into accounts (id, login, password_hash, display_name, kind, administrator_id)
    select ${id}, ${login}, password_hash, ${`Applicant ${login}`}, ${kind}, ${kind === 'enterprise' ? id : null}::text
      from accounts where login = 'linxiao'`);
  return login;
}

import type { Bindery } from '../../src/compose.ts';
import { SWEEPS } from '../../src/jobs/tasks.ts';
import { sql } from '../../src/store/sql.ts';

export interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

/** Sends what waits, as the job does, until nothing does; gives what arrived at an address. */
export async function mailOf(
  { bindery, managementUrl }: { readonly bindery: Bindery; readonly managementUrl: string },
  to: string,
): Promise<readonly Mail[]> {
  const { db } = bindery;
  for (;;) {
    // The sandbox fails now and then. Real time passes at once.
    await db.query(sql`update outgoing_messages set next_try_at = now() - interval '1 second'`);
    await SWEEPS['send-messages'](
      { ...bindery, recordMonths: bindery.config.recordMonths },
      () => {},
    );
    const waiting = await db.query(sql`select 1 from outgoing_messages limit 1`);
    if (waiting.length === 0) break;
  }
  const told = await fetch(`${managementUrl}/demo/messages`);
  const { messages } = (await told.json()) as { readonly messages: readonly Mail[] };
  return messages.filter((mail) => mail.to === to);
}

/** The code in the newest message to an address. */
export async function codeAt(server: Parameters<typeof mailOf>[0], to: string): Promise<string> {
  const [newest] = await mailOf(server, to);
  const code = /\b\d{8}\b/.exec(newest?.text ?? '')?.[0];
  if (code === undefined) throw new Error(`no code arrived at ${to}`);
  return code;
}

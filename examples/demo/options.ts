import { parseArgs } from 'node:util';
import { SHOWN } from './report.ts';

export const USAGE = `npm run demo [-- --issuer URL] [-- --json FILE] [-- --break R7 …]

Walks Bindery's main job as a real client against a running server (npm start), and undoes what it did.

  --issuer URL   the server, by default http://localhost:3000
  --json FILE    also write the checks as [{ "id": "R7", "says": "…", "ok": true }, …]
  --break ID     prove that the demo can fail: turn what the first check of ID expects (${Object.keys(SHOWN).join(', ')}) into its opposite;
                 may be given more than once
  --help         this text

Exit code: 0 when every check holds, 1 when one does not, 2 when the command line is wrong.`;

export interface Options {
  readonly issuer: URL;
  readonly json: string | undefined;
  readonly broken: readonly string[];
  readonly help: boolean;
}

/** Throws an Error that names the mistake in the command line. */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      issuer: { type: 'string' },
      json: { type: 'string' },
      break: { type: 'string', multiple: true },
      help: { type: 'boolean' },
    },
  });
  const issuer = values.issuer ?? 'http://localhost:3000';
  if (!/^https?:\/\//.test(issuer) || !URL.canParse(issuer))
    throw new Error(`--issuer ${issuer} is not an http(s) address`);
  const broken = values.break ?? [];
  const unknown = broken.find((id) => !Object.hasOwn(SHOWN, id));
  if (unknown !== undefined)
    throw new Error(`--break ${unknown}: the demo shows ${Object.keys(SHOWN).join(', ')}`);
  return { issuer: new URL(issuer), json: values.json, broken, help: values.help ?? false };
}

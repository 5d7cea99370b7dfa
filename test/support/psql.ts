import pg from 'pg';

/**
 * Stands for `psql` where it is not installed: runs the statements of stdin, one after another, at
 * the address that is its last argument, and says the first two words of each.
 */
const client = new pg.Client({ connectionString: process.argv.at(-1) });
let text = '';
for await (const part of process.stdin) text += String(part);
await client.connect();
try {
  for (const statement of text.split(/;\s*/).filter((each) => each !== '')) {
    await client.query(statement);
    process.stdout.write(`${statement.split(/\s+/, 2).join(' ').toUpperCase()}\n`);
  }
} finally {
  await client.end();
}

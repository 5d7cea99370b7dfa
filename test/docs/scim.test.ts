import { execFile } from 'node:child_process';
import { describe, expect, test } from '@jest/globals';
import { demoPlatform } from '../fixtures/scim.ts';
import type { Body } from '../support/apps.ts';
import { startServer } from '../support/server.ts';
import { blocksOf, readDocument } from './examples.ts';

const DOCUMENT = readDocument('docs/scim.md');
const SHOWN_ISSUER = 'http://localhost:3000';
const { issuer } = await startServer();

/** Runs the commands of the document in one shell; gives the answers, each in a line. */
async function run(commands: readonly string[]): Promise<readonly string[]> {
  const script = commands.join('\n').replaceAll(SHOWN_ISSUER, issuer);
  // A line end behind each answer, which the document does not need.
  const curl = 'curl() { command curl "$@"; local code=$?; echo; return $code; }\n';
  return await new Promise((resolve, reject) => {
    execFile('bash', ['-c', `set -eo pipefail\n${curl}${script}`], (error, out) =>
      error ? reject(error) : resolve(out.split('\n').filter((line) => line !== '')),
    );
  });
}

describe('the examples of docs/scim.md', () => {
  test('run word for word, in their order [R47]', async () => {
    const shell = blocksOf(DOCUMENT).filter(({ language }) => language === 'sh');
    const said = await run(shell.map(({ lines }) => lines.join('\n')));
    const [created, frozen, opened, bulk, page] = said.slice(0, 5).map((line) => JSON.parse(line));
    expect([created.userName, frozen.active, opened.active]).toStrictEqual(['yunduo', false, true]);
    expect(bulk.Operations.map(({ status }: Body) => status)).toStrictEqual(['201', '200']);
    expect(page.totalResults).toBe(2);
    expect(said.slice(5)).toStrictEqual(['204']);
    const [shown] = blocksOf(DOCUMENT).filter(({ language }) => language === 'json');
    const written = JSON.parse((shown?.lines ?? []).join('\n')) as Body & { meta: Body };
    expect(shapeOf(created)).toStrictEqual(shapeOf(written));
    expect({ ...created, id: '', meta: '' }).toStrictEqual({ ...written, id: '', meta: '' });
  });

  test('the limits of the document are those of the server', async () => {
    const scim = await demoPlatform(issuer);
    const { body } = await scim.send('GET', '/ServiceProviderConfig');
    const { maxOperations, maxPayloadSize } = body.bulk as Record<string, number>;
    const { defaultPageSize, maxPageSize } = body.pagination as Record<string, number>;
    for (const limit of [maxOperations, maxPayloadSize, defaultPageSize, maxPageSize])
      expect(DOCUMENT).toContain(limit?.toLocaleString('en'));
  });
});

/** The names of members, and those within. */
function shapeOf(value: unknown): unknown {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).map(([name, each]) => [name, shapeOf(each)]))
    : typeof value;
}

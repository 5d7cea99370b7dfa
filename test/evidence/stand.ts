import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import sharp from 'sharp';
import type { Kind } from '../../src/accounts/account.ts';
import { openPacks } from '../../src/binding/request-pack.ts';
import { DiskStorage } from '../../src/documents/disk-storage.ts';
import { SandboxScanner } from '../../src/documents/sandbox-scanner.ts';
import type { Typed } from '../../src/evidence/claims/claim.ts';
import { findClaim } from '../../src/evidence/claims/claims.store.ts';
import { CONSENT_VERSIONS, CONSENTS } from '../../src/evidence/consents/consent.ts';
import { giveConsent } from '../../src/evidence/consents/give-consent.ts';
import type { EvidenceDeps } from '../../src/evidence/deps.ts';
import type { EvidenceType } from '../../src/evidence/pieces/evidence-type.ts';
import { EVIDENCE } from '../../src/evidence/pieces/evidence-type.ts';
import { HttpVerification } from '../../src/evidence/provider/http-verification.ts';
import {
  type SandboxOptions,
  type SandboxProvider,
  startSandboxProvider,
} from '../../src/evidence/provider/sandbox-provider.ts';
import { SIGNATURE_HEADER } from '../../src/evidence/provider/signature.ts';
import { receiveCallback } from '../../src/evidence/receive-callback.ts';
import { declareOwner } from '../../src/evidence/submissions/declare-owner.ts';
import { submitForAccount } from '../../src/evidence/submissions/submit-evidence.ts';
import { submitPendingEvidence } from '../../src/evidence/submissions/submit-pending-evidence.ts';
import type { AccountId, EvidenceId, OwnerId } from '../../src/kernel/ids.ts';
import { InstallationSecret } from '../../src/kernel/secrets.ts';
import { LIFETIMES } from '../../src/lifetimes.ts';
import { HOOKS, loadPackFiles } from '../../src/policy/registry.ts';
import { advanceClock } from '../../src/store/clock.store.ts';
import { sql } from '../../src/store/sql.ts';
import { organisationNumber, personNumber } from '../owners/people.ts';
import { makeCustody } from '../support/custody.ts';
import { freshDatabase } from '../support/database.ts';
import { makeApplicant } from '../support/evidence.ts';

export const KEY = randomBytes(32);

export interface Stand {
  readonly deps: EvidenceDeps;
  readonly callbackBase: string;
  readonly sandbox: SandboxProvider;
  readonly storageFolder: string;
}

/** Verbs, stores and ports of the evidence room over a database of their own, a sandbox provider and the callbacks it sends. */
export async function makeStand(options: Partial<SandboxOptions> = {}): Promise<Stand> {
  let stop = async (): Promise<void> => {};
  after(async () => await stop()); // given before the database's hook, because hooks run in order
  const { db } = await freshDatabase();
  const storageFolder = await mkdtemp(join(tmpdir(), 'bindery-documents-'));
  const custody = makeCustody();
  const storage = new DiskStorage(storageFolder);
  const review = {
    workingDays: 7,
    specialIndustryExtraDays: 7,
    fourEyes: { personal: false, enterprise: false, special_industry: true },
    appealDays: 30,
  };
  const policy = {
    packs: await openPacks(db, await loadPackFiles()),
    hooks: HOOKS,
    rehearsals: false,
    lifetimes: LIFETIMES,
  };
  const callbacks = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const message = {
      method: String(request.method),
      path: String(request.url),
      body: Buffer.concat(chunks).toString('utf8'),
    };
    const signature = String(request.headers[SIGNATURE_HEADER.toLowerCase()]);
    const heard = await receiveCallback(
      { db, review, policy },
      { key: KEY, message, signature, now: new Date() },
    );
    response.writeHead(heard.ok ? 204 : 409).end();
  });
  await new Promise<void>((resolve) => callbacks.listen(0, '127.0.0.1', resolve));
  const callbackBase = `http://127.0.0.1:${(callbacks.address() as AddressInfo).port}`;
  const sandbox = await startSandboxProvider({ key: KEY, seed: 'stand', callbackBase, ...options });
  stop = async () => {
    await sandbox.idle();
    await sandbox.stop();
    callbacks.closeAllConnections();
    await new Promise<void>((resolve) => callbacks.close(() => resolve()));
    await rm(storageFolder, { recursive: true, force: true });
  };
  const provider = new HttpVerification({ baseUrl: sandbox.url, key: KEY, firstPauseMs: 5 });
  const documents = { db, custody, storage, scanner: new SandboxScanner() };
  const limits = {
    declarations: { name: 'declarations', attempts: 10, seconds: 86_400 },
    passwords: { name: 'passwords', attempts: 5, seconds: 900 },
  };
  return {
    deps: {
      db,
      secrets: new InstallationSecret(randomBytes(32)),
      custody,
      documents,
      provider,
      review,
      limits,
      policy,
    },
    callbackBase,
    sandbox,
    storageFolder,
  };
}

export interface Claimant {
  readonly account: AccountId;
  readonly owner: OwnerId;
}

let serial = 0;

/** A number nobody else of this file has. */
export function freshNumber(kind: Kind): string {
  serial += 1;
  return kind === 'personal' ? personNumber(serial) : organisationNumber(serial);
}

/** An account that agrees to everything and says whom it belongs to, with a name the sandbox knows what to make of. */
export async function makeClaimant(
  deps: EvidenceDeps,
  {
    kind = 'personal',
    name = '测试 本人',
    bankAccount = '6222000012345678',
    number = freshNumber(kind),
  }: { kind?: Kind; name?: string; bankAccount?: string; number?: string } = {},
): Promise<Claimant> {
  const account = await makeApplicant(deps.db, kind);
  for (const consent of CONSENTS)
    await giveConsent(deps, {
      account,
      consent,
      version: CONSENT_VERSIONS[consent],
      language: 'zh-CN',
    });
  return {
    account,
    owner: await declare(deps, account, {
      name,
      number,
      bankAccount,
      legalRepresentative: '测试 法人',
    }),
  };
}

/** The owner that the account claims from then on. */
export async function declare(
  deps: EvidenceDeps,
  account: AccountId,
  typed: Typed,
): Promise<OwnerId> {
  const declared = await declareOwner(deps, { account, ...typed });
  const claim = await findClaim(deps.db, account);
  if (!declared.ok || !claim)
    throw new Error(declared.ok ? 'declared, and no claim is there' : declared.refusal.site);
  return claim.owner;
}

/** A photo of nothing. */
export async function makePhoto(): Promise<Buffer> {
  return await sharp({ create: { width: 800, height: 500, channels: 3, background: '#8ab' } })
    .jpeg()
    .toBuffer();
}

/** A piece of evidence with as many photos as it needs. */
export async function submit(
  { deps }: Pick<Stand, 'deps'>,
  claimant: Pick<Claimant, 'account'>,
  type: EvidenceType,
): Promise<EvidenceId> {
  const uploads = await Promise.all(Array.from({ length: EVIDENCE[type].documents }, makePhoto));
  const submitted = await submitForAccount(deps, {
    account: claimant.account,
    type,
    validUntil: null,
    uploads,
  });
  if (!submitted.ok) throw new Error(`${submitted.refusal.site} ${submitted.refusal.code}`);
  return submitted.value;
}

/** Asks the provider until nothing is left to ask, as the job would over hours; returns how often it could not be asked. */
export async function askAll({ deps, sandbox }: Stand): Promise<number> {
  let failures = 0;
  for (let round = 0; round < 60; round += 1) {
    await submitPendingEvidence(deps, () => {
      failures += 1;
    });
    await sandbox.idle();
    const [waiting] = await deps.db.query<{ count: number }>(
      sql`select count(*)::int as count from evidence where next_try_at is not null`,
    );
    if (waiting?.count === 0) return failures;
    await advanceClock(deps.db, 'PT15M');
  }
  throw new Error('there is still something to ask');
}

import { join } from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import type { Config } from './config.ts';
import { ClamAv } from './documents/clamav.ts';
import { DiskStorage } from './documents/disk-storage.ts';
import type { DocumentStorage } from './documents/ports/storage.ts';
import type { VirusScanner } from './documents/ports/virus-scanner.ts';
import { S3Storage } from './documents/s3-storage.ts';
import { SandboxScanner } from './documents/sandbox-scanner.ts';
import type { EvidenceDeps } from './evidence/deps.ts';
import { HttpVerification } from './evidence/provider/http-verification.ts';
import {
  type SandboxProvider,
  startSandboxProvider,
} from './evidence/provider/sandbox-provider.ts';
import { DAY, MINUTE } from './kernel/time.ts';

/** The evidence room, with the outside services that it calls. */
export interface ComposedEvidence extends EvidenceDeps {
  /** The key that signs callbacks of the provider. */
  readonly verificationKey: Buffer;
  /** Undefined if a real provider is configured. */
  readonly sandbox: SandboxProvider | undefined;
}

type EvidencePlatform = Pick<EvidenceDeps, 'db' | 'secrets' | 'custody' | 'review'>;

/**
 * The sandbox provider shows each fault of a real provider now and then, so that the code must
 * handle them.
 */
const SANDBOX = {
  seed: 'demo',
  faults: { fails: 0.1, loses: 0.05, answersTwice: 0.2 },
  lagMs: 1_000,
} as const;

export async function composeEvidence(
  config: Config,
  platform: EvidencePlatform & Pick<EvidenceDeps, 'policy'>,
): Promise<ComposedEvidence> {
  const { verification, clamAv } = config;
  const key = verification?.key ?? platform.secrets.derive('sandbox-verification');
  const sandbox = verification
    ? undefined
    : await startSandboxProvider({ ...SANDBOX, key, callbackBase: config.issuer });
  const provider = new HttpVerification({
    baseUrl: verification?.url ?? String(sandbox?.url),
    key,
  });
  const scanner = clamAv ? new ClamAv(clamAv) : new SandboxScanner();
  return {
    ...composeIntake(config, platform, scanner),
    policy: platform.policy,
    provider,
    verificationKey: key,
    sandbox,
  };
}

/**
 * What is needed to submit evidence, for any provider. The demo's seed uses this alone: its
 * drawings need no scanner.
 */
export function composeIntake(
  config: Config,
  platform: EvidencePlatform,
  scanner: VirusScanner = new SandboxScanner(),
): Omit<EvidenceDeps, 'provider' | 'policy'> {
  const { db, custody } = platform;
  const limits = {
    declarations: { name: 'declarations', attempts: 10, seconds: DAY },
    passwords: { name: 'own-data-password', attempts: 10, seconds: 15 * MINUTE },
  };
  return {
    ...platform,
    limits,
    lifetimes: config.lifetimes,
    documents: { db, custody, storage: storageOf(config), scanner },
  };
}

function storageOf({ documentsBucket, dataDir }: Config): DocumentStorage {
  if (!documentsBucket) return new DiskStorage(join(dataDir, 'documents'));
  const { name, endpoint } = documentsBucket;
  return new S3Storage(
    new S3Client(endpoint === undefined ? {} : { endpoint, forcePathStyle: true }),
    { bucket: name },
  );
}

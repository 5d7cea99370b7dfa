import { createHash, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EvidenceId } from '../../kernel/ids.ts';
import { checkSignature, SIGNATURE_HEADER, sign } from './signature.ts';
import type { CheckResult } from './verification-provider.ts';
import { ANSWERS_PATH, CHECKS_PATH, writeAnswer } from './wire.ts';

export interface SandboxOptions {
  readonly key: Buffer;
  /** The same seed gives the same faults. */
  readonly seed: string;
  /** Where answers are sent: Bindery's own address. */
  readonly callbackBase: string;
  /** The share of questions, 0 to 1, that each fault hits. */
  readonly faults?: Partial<Faults>;
  /** The longest time until an answer is sent. */
  readonly lagMs?: number;
}

interface Faults {
  readonly fails: number; // 503, the question is not taken
  readonly loses: number; // taken, but the connection breaks before the response
  readonly answersTwice: number;
}

interface Asked {
  readonly id: EvidenceId;
  readonly kind: string;
  readonly subject: Readonly<Record<string, string | number | undefined>>;
}

/** The sandbox's result by the end of the name. Any other name matches. */
// biome-ignore format: a table is read by its columns
const FOUND: readonly (readonly [ending: string, result: CheckResult])[] = [
  ['不符', 'mismatch'],
  ['查无', 'unknown'],
  ['模糊', 'unreadable'],
  ['待定', 'undecided'],
];
/** A bank account with this ending takes no deposits. */
const CLOSED_ACCOUNT = '0000';

export interface SandboxProvider {
  readonly url: string;
  /** Delivered answers, each with the status of its response. */
  readonly delivered: readonly { readonly id: string; readonly status: number }[];
  /** The amount in 分 that the bank statement of an account shows. */
  statementOf(bankAccount: string): readonly number[];
  /** Waits until all pending answers are delivered. */
  idle(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * A verification provider that follows the contract of http-verification.ts. It knows nobody,
 * fails, delays and repeats answers.
 */
export async function startSandboxProvider(options: SandboxOptions): Promise<SandboxProvider> {
  const { key, seed, lagMs = 0 } = options;
  const faults = { fails: 0, loses: 0, answersTwice: 0, ...options.faults };
  const tries = new Map<string, number>();
  const taken = new Set<string>();
  const statements = new Map<string, number[]>();
  const delivered: { id: string; status: number }[] = [];
  const underWay = new Set<Promise<unknown>>();
  const stopping = new AbortController();

  const deliver = async (id: EvidenceId, result: CheckResult): Promise<void> => {
    const url = new URL(`${options.callbackBase}${ANSWERS_PATH}`);
    const body = writeAnswer({ id, result, validUntil: null });
    const signature = sign(
      key,
      { method: 'POST', path: url.pathname, body },
      { now: new Date(), nonce: randomBytes(16).toString('base64url') },
    );
    const headers = { 'Content-Type': 'application/json', [SIGNATURE_HEADER]: signature };
    const response = await fetch(url, {
      method: 'POST',
      headers,
      body,
      signal: stopping.signal,
    }).catch(() => undefined);
    delivered.push({ id, status: response?.status ?? 0 });
  };

  const answerLater = async (asked: Asked): Promise<void> => {
    const result = resultOf(asked);
    await sleep(chance(seed, asked.id, 'lag') * lagMs, undefined, { signal: stopping.signal });
    await deliver(asked.id, result);
    if (chance(seed, asked.id, 'twice') < faults.answersTwice) await deliver(asked.id, result);
  };

  const take = (asked: Asked): void => {
    // the same id is the same question, and sends no second deposit
    if (taken.has(asked.id)) return;
    taken.add(asked.id);
    const { bank_account: account, amount_fen: amount } = asked.subject;
    if (asked.kind === 'bank_micro_deposit' && resultOf(asked) === 'sent') {
      statements.set(String(account), [...(statements.get(String(account)) ?? []), Number(amount)]);
    }
    const answering = answerLater(asked).catch(() => {});
    underWay.add(answering);
    void answering.finally(() => underWay.delete(answering));
  };

  const server = createServer(async (request, response) => {
    const body = await bodyOf(request);
    const path = String(request.url);
    const header = String(request.headers[SIGNATURE_HEADER.toLowerCase()]);
    const signed = checkSignature(
      key,
      { method: String(request.method), path, body },
      header,
      new Date(),
    );
    if (path !== CHECKS_PATH || !signed.ok)
      return void response.writeHead(signed.ok ? 404 : 401).end();
    const asked = JSON.parse(body) as Asked;
    const attempt = (tries.get(asked.id) ?? 0) + 1;
    tries.set(asked.id, attempt);
    if (chance(seed, asked.id, `fails ${attempt}`) < faults.fails)
      return void response.writeHead(503).end();
    take(asked);
    if (chance(seed, asked.id, `loses ${attempt}`) < faults.loses)
      return void request.socket.destroy();
    response.writeHead(202).end();
  });

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    delivered,
    statementOf: (bankAccount) => statements.get(bankAccount) ?? [],
    idle: async () => {
      while (underWay.size > 0) await Promise.all(underWay);
    },
    stop: async () => {
      stopping.abort();
      await close(server);
    },
  };
}

function resultOf({ kind, subject }: Asked): CheckResult {
  if (kind === 'bank_micro_deposit')
    return String(subject.bank_account).endsWith(CLOSED_ACCOUNT) ? 'bounced' : 'sent';
  return FOUND.find(([ending]) => String(subject.name).endsWith(ending))?.[1] ?? 'match';
}

/** A number from 0 to 1 that depends only on the seed, the question and the purpose. */
function chance(seed: string, id: string, purpose: string): number {
  return createHash('sha256').update(`${seed}.${id}.${purpose}`).digest().readUInt32BE() / 2 ** 32;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise<void>((resolve) => server.close(() => resolve()));
}

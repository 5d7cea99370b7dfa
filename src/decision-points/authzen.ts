import { randomUUID } from 'node:crypto';
import { type Failure, isVerdict, readReasons } from '../policy/answers.ts';
import { isStricter, type Verdict } from '../policy/verdict.ts';
import type { DecisionPoint, Question } from './decision-point.ts';

export interface AuthZenOptions {
  readonly id: string;
  /** The decision point; `/access/v1/evaluation` is appended. */
  readonly url: string;
  /** Sent as a bearer token. */
  readonly token: string | undefined;
  readonly timeoutMs: number;
  readonly fails: DecisionPoint['fails'];
}

const LONGEST_ANSWER = 65_536;

/**
 * A remote decision point that speaks the OpenID AuthZEN Authorization API 1.0:
 *
 *     POST {url}/access/v1/evaluation          Authorization: Bearer …, X-Request-ID
 *     { "subject":  { "type": "account", "id": the primary },
 *       "action":   { "name": "bind" },
 *       "resource": { "type": "account", "id": the sub },
 *       "context":  { "pack", "pack_version", "facts": { … } } }
 *       → 200 { "decision": true | false, "context"?: { "verdict"?, "reasons"?: [code …] } }
 *
 * `decision` alone means allow or deny. A `verdict` in the context is finer (`step_up`, `review`);
 * the stricter of the two counts. The question holds accounts, counts and states, by internal ids:
 * no name, number, address, device or document. Any other answer is a failure, and none allows.
 */
export function authZenPoint({ id, url, token, timeoutMs, fails }: AuthZenOptions): DecisionPoint {
  const endpoint = `${url.replace(/\/$/, '')}/access/v1/evaluation`;
  const authorization: Record<string, string> =
    token === undefined ? {} : { authorization: `Bearer ${token}` };
  return {
    id,
    fails,
    close: async () => {},
    async ask(question) {
      const from = performance.now();
      const done = <T extends object>(answer: T) => ({
        ...answer,
        ms: Math.round(performance.now() - from),
      });
      try {
        const response = await fetch(endpoint, {
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            accept: 'application/json',
            'x-request-id': randomUUID(),
            ...authorization,
          },
          body: JSON.stringify(questionOf(question)),
          redirect: 'error', // the token must reach no other host
          signal: AbortSignal.timeout(timeoutMs), // covers the whole answer, including a slow body
        });
        if (
          response.status !== 200 ||
          !/^application\/json\b/i.test(response.headers.get('content-type') ?? '')
        ) {
          await response.body?.cancel();
          return done({
            failure: response.status >= 500 ? ('unreachable' as const) : ('nonsense' as const),
          });
        }
        return done(answerOf(await readAtMost(response), id));
      } catch (error) {
        return done({ failure: failureOf(error) });
      }
    },
  };
}

function questionOf({ facts, pack }: Question): object {
  const { accounts, owners, counts, graph, devices } = facts;
  const device = ({ knownToOwner, ownersSeen }: (typeof devices)['initiator']) => ({
    known_to_owner: knownToOwner,
    owners_seen: ownersSeen,
  });
  const account = ({ kind, status, qualification }: (typeof accounts)['primary']) => ({
    kind,
    status,
    qualification,
  });
  return {
    subject: { type: 'account', id: accounts.primary.id, properties: account(accounts.primary) },
    action: { name: 'bind' },
    resource: { type: 'account', id: accounts.sub.id, properties: account(accounts.sub) },
    context: {
      pack: pack.id,
      pack_version: pack.version,
      time: facts.now.toISOString(),
      facts: {
        same_owner_id: owners.primary !== null && owners.primary.id === owners.sub?.id,
        subs_of_primary: counts.perPrimary,
        subs_of_owner: counts.perOwner,
        sub_is_bound: graph.subIsSubOf !== null,
        same_device: devices.initiator.device === devices.counterparty.device,
        // The wire keeps the names of version 0.1, because operators' decision points read them.
        devices: {
          starter: device(devices.initiator),
          other: device(devices.counterparty),
        },
      },
    },
  };
}

type Said =
  | { readonly verdict: Verdict; readonly reasons: readonly string[]; readonly by: string }
  | { readonly failure: Failure };

function answerOf(text: string, by: string): Said {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return { failure: 'nonsense' };
  }
  if (
    typeof body !== 'object' ||
    body === null ||
    !('decision' in body) ||
    typeof body.decision !== 'boolean'
  )
    return { failure: 'nonsense' };
  const context: unknown = 'context' in body ? body.context : undefined;
  const { verdict, reasons } = (typeof context === 'object' && context !== null ? context : {}) as {
    verdict?: unknown;
    reasons?: unknown;
  };
  if (verdict !== undefined && !isVerdict(verdict)) return { failure: 'nonsense' };
  const plain: Verdict = body.decision ? 'allow' : 'deny';
  return { verdict: finer(plain, verdict), reasons: readReasons(reasons), by };
}

/**
 * `false` with `review` asks for a person. `false` with `allow` is a contradiction, and the
 * stricter one counts.
 */
function finer(decision: 'allow' | 'deny', verdict: Verdict | undefined): Verdict {
  if (verdict === undefined) return decision;
  if (decision === 'deny' && verdict !== 'allow') return verdict;
  return isStricter(verdict, decision) ? verdict : decision;
}

async function readAtMost(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > LONGEST_ANSWER) throw new RangeError('the answer is too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function failureOf(error: unknown): Failure {
  if (error instanceof RangeError) return 'nonsense';
  // After a timeout, fetch throws a DOMException of this name.
  const name = error instanceof DOMException ? error.name : '';
  return name === 'TimeoutError' || name === 'AbortError' ? 'timeout' : 'unreachable';
}

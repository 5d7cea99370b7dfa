/** How long a provider may take, and how much it may answer. */
const MOST = { milliseconds: 5_000, bytes: 262_144 } as const;

/** The provider did not answer, not in time, or with an error of its own. */
export class ProviderUnreachable extends Error {
  override readonly name = 'ProviderUnreachable';
}

const WITHOUT_BODY: ReadonlySet<number> = new Set([204, 205, 304]);

/**
 * Asks a provider, without following redirects: the client's secret must reach no other host. A slow
 * or endless answer ends here.
 */
export async function boundedFetch(
  url: string | URL,
  options: Omit<RequestInit, 'body'> & { body?: unknown } = {},
): Promise<Response> {
  let answer: Response;
  let body: Buffer;
  try {
    answer = await fetch(url, {
      ...(options as RequestInit),
      redirect: 'manual',
      signal: AbortSignal.timeout(MOST.milliseconds), // covers the whole answer, also a slow body
    });
    body = await readAtMost(answer, MOST.bytes);
  } catch (error) {
    throw new ProviderUnreachable('a provider cannot be reached', { cause: error });
  }
  if (answer.status >= 500) throw new ProviderUnreachable(`a provider answered ${answer.status}`);
  const { status, headers } = answer;
  return new Response(WITHOUT_BODY.has(status) ? null : new Uint8Array(body), { status, headers });
}

async function readAtMost(answer: Response, most: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of answer.body ?? []) {
    size += chunk.length;
    if (size > most) throw new RangeError('the answer is too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

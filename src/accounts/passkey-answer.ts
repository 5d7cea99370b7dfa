import { z } from 'zod';

/**
 * An answer without attestation has about 700 characters. A long RSA key and many transports still
 * fit.
 */
const LONGEST = 6_000;

const base64url = z.string().regex(/^[\w-]+$/);
const credential = { id: base64url, rawId: base64url, type: z.literal('public-key') };

const ASSERTION = z.object({
  ...credential,
  response: z.object({
    clientDataJSON: base64url,
    authenticatorData: base64url,
    signature: base64url,
    userHandle: base64url.nullish(),
  }),
});

const REGISTRATION = z.object({
  ...credential,
  response: z.object({
    clientDataJSON: base64url,
    attestationObject: base64url,
    transports: z.array(z.string().max(32)).max(8).default([]),
  }),
});

const CLIENT_DATA = z.object({ challenge: base64url });

export type Assertion = z.infer<typeof ASSERTION> & { readonly challenge: string };
export type Registration = z.infer<typeof REGISTRATION> & { readonly challenge: string };

/** Checks only the shape of an authenticator's answer. Nothing in it is trusted yet. */
export function parseAssertion(json: string): Assertion | undefined {
  return withChallenge(json, ASSERTION);
}

export function parseRegistration(json: string): Registration | undefined {
  return withChallenge(json, REGISTRATION);
}

function withChallenge<T extends { readonly response: { readonly clientDataJSON: string } }>(
  json: string,
  schema: z.ZodType<T>,
): (T & { readonly challenge: string }) | undefined {
  if (json.length > LONGEST) return undefined;
  const answer = schema.safeParse(jsonOf(json));
  if (!answer.success) return undefined;
  const clientData = CLIENT_DATA.safeParse(
    jsonOf(Buffer.from(answer.data.response.clientDataJSON, 'base64url').toString()),
  );
  return clientData.success ? { ...answer.data, challenge: clientData.data.challenge } : undefined;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

import { ok, type Result, refuse } from '../kernel/refusals.ts';

/** A stored password hash, read. Its cost is within the bounds below, so it may be run. */
export type PasswordHash =
  | { readonly kind: 'argon2'; readonly text: string; readonly ours: boolean }
  | { readonly kind: 'bcrypt'; readonly text: string }
  | {
      readonly kind: 'scrypt';
      /** N, r and p of RFC 7914 §2. */
      readonly cost: { readonly N: number; readonly r: number; readonly p: number };
      readonly salt: Buffer;
      readonly key: Buffer;
    }
  | {
      readonly kind: 'pbkdf2';
      readonly digest: 'sha256' | 'sha512';
      readonly rounds: number;
      readonly salt: Buffer;
      readonly key: Buffer;
    };

export type HashRefusal = 'unknown_hash' | 'hash_too_costly';

/** argon2id, 19 MiB, two passes: OWASP Password Storage Cheat Sheet, first recommendation. */
export const OUR_COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

const LONGEST = 512;
const MEMORY = 128 * 1024 * 1024;
/**
 * The most that one verification may cost: under a second and 128 MiB on an ordinary machine. A
 * dearer hash is refused and never run: whoever brings it could otherwise stop the server.
 */
const MOST = {
  argon2: { memoryKiB: MEMORY / 1024, memoryKiBPasses: 1024 * 1024, lanes: 16 },
  bcrypt: 14,
  scrypt: { memory: MEMORY, work: 2 ** 21 },
  pbkdf2: 2_000_000,
} as const;

const ARGON2 =
  /^\$(argon2id|argon2i)\$v=19\$([mtp]=\d{1,9},[mtp]=\d{1,9},[mtp]=\d{1,9})\$[\w+/-]{11,128}\$[\w+/-]{22,128}$/;
const BCRYPT = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/;
const SCRYPT =
  /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,4}),p=(\d{1,4})\$([A-Za-z0-9+/]{4,128})={0,2}\$([A-Za-z0-9+/]{22,128})={0,2}$/;
// Passlib leaves out `i=` and writes `.` for `+`.
const PBKDF2 =
  /^\$pbkdf2-(sha256|sha512)\$(?:i=)?(\d{1,9})(?:,l=\d{1,3})?\$([A-Za-z0-9+/.]{4,128})={0,2}\$([A-Za-z0-9+/.]{22,128})={0,2}$/;

/** Reads a PHC string or a bcrypt string; refuses what is not one, or costs too much to run. */
export function parsePasswordHash(value: unknown): Result<PasswordHash, HashRefusal> {
  if (typeof value !== 'string' || value.length > LONGEST) return refuse('unknown_hash', 'ACC-9H0');
  return (
    asArgon2(value) ??
    asBcrypt(value) ??
    asScrypt(value) ??
    asPbkdf2(value) ??
    refuse('unknown_hash', 'ACC-9H1')
  );
}

type Parsed = Result<PasswordHash, HashRefusal> | undefined;

function asArgon2(text: string): Parsed {
  const [, variant, costs = ''] = ARGON2.exec(text) ?? [];
  if (variant === undefined) return undefined;
  // Libraries write them in different orders.
  const named = new Map(costs.split(',').map((each) => [each[0], Number(each.slice(2))]));
  const [memory = 0, passes = 0, lanes = 0] = ['m', 't', 'p'].map((name) => named.get(name));
  const most = MOST.argon2;
  // RFC 9106 §3.1: at least 8 KiB a lane.
  if (passes < 1 || lanes < 1 || memory < 8 * lanes) return refuse('unknown_hash', 'ACC-9H2');
  if (memory > most.memoryKiB || memory * passes > most.memoryKiBPasses || lanes > most.lanes)
    return refuse('hash_too_costly', 'ACC-9H3');
  const { memoryCost, timeCost, parallelism } = OUR_COST;
  const ours =
    variant === 'argon2id' && memory === memoryCost && passes === timeCost && lanes === parallelism;
  return ok({ kind: 'argon2', text, ours });
}

function asBcrypt(text: string): Parsed {
  const [, cost] = BCRYPT.exec(text) ?? [];
  if (cost === undefined) return undefined;
  if (Number(cost) < 4 || Number(cost) > 31) return refuse('unknown_hash', 'ACC-9H4');
  if (Number(cost) > MOST.bcrypt) return refuse('hash_too_costly', 'ACC-9H5');
  return ok({ kind: 'bcrypt', text });
}

function asScrypt(text: string): Parsed {
  const [, ln, rText, pText, salt, key] = SCRYPT.exec(text) ?? [];
  if (salt === undefined || key === undefined) return undefined;
  const [N, r, p] = [2 ** Number(ln), Number(rText), Number(pText)];
  if (N < 2 || r < 1 || p < 1) return refuse('unknown_hash', 'ACC-9H6');
  if (128 * N * r > MOST.scrypt.memory || N * r * p > MOST.scrypt.work)
    return refuse('hash_too_costly', 'ACC-9H7');
  return ok({ kind: 'scrypt', cost: { N, r, p }, salt: bytes(salt), key: bytes(key) });
}

function asPbkdf2(text: string): Parsed {
  const [, digest, roundsText, salt, key] = PBKDF2.exec(text) ?? [];
  if (salt === undefined || key === undefined) return undefined;
  const rounds = Number(roundsText);
  if (rounds < 1) return refuse('unknown_hash', 'ACC-9H8');
  if (rounds > MOST.pbkdf2) return refuse('hash_too_costly', 'ACC-9H9');
  const words = digest === 'sha256' ? 'sha256' : 'sha512';
  return ok({ kind: 'pbkdf2', digest: words, rounds, salt: bytes(salt), key: bytes(key) });
}

function bytes(base64: string): Buffer {
  return Buffer.from(base64.replaceAll('.', '+'), 'base64');
}

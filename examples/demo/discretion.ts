/** Prints enough of a request or an answer to follow it, but no value that can be used. */

const HIDDEN = /^password$/;
const DIGITS_OF_A_CODE = /^user_code$/;
const CREDENTIAL =
  /^(csrf|code|state|code_verifier|code_challenge|request_uri|binding_request|binding_token|access_token|refresh_token|id_token|token|start_uri|account|subject_token|ticket|nonce)$/;
/**
 * Long text without a space or a colon: random, or a token. People do not read it, and somebody
 * might misuse it.
 */
const OPAQUE = /^[\w.~-]{32,}$/;
const LONGEST = 160;
const MOST_MEMBERS = 16;
const LONGEST_LIST = 400;

/** One member of a form or a JSON object. */
function discreet(name: string, value: unknown): unknown {
  if (typeof value === 'object' && value !== null) return discreetly(value);
  if (typeof value !== 'string') return value;
  if (HIDDEN.test(name)) return '••••••••';
  if (DIGITS_OF_A_CODE.test(name)) return value.slice(0, 4) + value.slice(4).replace(/\S/g, '•');
  if (value.startsWith('http') && URL.canParse(value))
    return discreetUrl(new URL(value)).replace(/\/$/, value.endsWith('/') ? '/' : '');
  if (OPAQUE.test(value) || (CREDENTIAL.test(name) && value.length > 16))
    return shortened(value, 8);
  return value.length > LONGEST ? shortened(value, LONGEST) : value;
}

function discreetly(value: object): unknown {
  if (Array.isArray(value)) return value.map((item) => discreet('', item));
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, discreet(name, member)]),
  );
}

/** The members of an object, one per line. For a long list, only its length. */
export function membersOf(value: object): string[] {
  const entries = Object.entries(value);
  if (entries.length > MOST_MEMBERS) return [`${entries.length} members`];
  return entries.map(([name, member]) => {
    const shown = discreet(name, member);
    const text = typeof shown === 'string' ? shown : JSON.stringify(shown);
    return `${name}: ${Array.isArray(member) && text.length > LONGEST_LIST ? `${member.length} entries` : text}`;
  });
}

/** A URL with shortened random parts, and without the origin if `base` has the same. */
export function discreetUrl(url: URL, base?: URL): string {
  const path = url.pathname
    .split('/')
    .map((part) => (/^(?=.*[A-Z\d_])[\w-]{20,}$/.test(part) ? shortened(part, 8) : part));
  const query = [...url.searchParams].map(([name, value]) =>
    value === '' ? name : `${name}=${String(discreet(name, value))}`,
  );
  const origin = url.origin === base?.origin ? '' : url.origin;
  return `${origin}${path.join('/')}${query.length > 0 ? `?${query.join('&')}` : ''}`;
}

export function shortened(value: string, length: number): string {
  return value.length > length ? `${value.slice(0, length)}…` : value;
}

/**
 * The public codes of why a binding is refused (docs/protocol.md#refusals). More detail is for
 * operators only.
 */
export const REFUSAL_CODES = [
  'refused_by_owner',
  'not_verified',
  'different_owner',
  'limit_reached',
  'already_bound',
  'not_eligible',
  'account_restricted',
  'cooling_down',
  'risk',
] as const;

export type RefusalCode = (typeof REFUSAL_CODES)[number];

/**
 * A refusal is a value, never a throw (docs/rules.md, rule 4). `site` is unique to the line that
 * refused, so a log line leads to it. `detail` is for the operator's log only.
 */
export interface Refusal<Code extends string = string> {
  readonly code: Code;
  readonly site: string;
  readonly detail?: Readonly<Record<string, unknown>>;
}

export type Result<T, Code extends string = string> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly refusal: Refusal<Code> };

export function ok<T>(value: T): { readonly ok: true; readonly value: T } {
  return { ok: true, value };
}

export function refuse<Code extends string>(
  code: Code,
  site: string,
  detail?: Readonly<Record<string, unknown>>,
): { readonly ok: false; readonly refusal: Refusal<Code> } {
  return { ok: false, refusal: refusal(code, site, detail) };
}

/** A refusal without a {@link Result}, for pages and routes that answer with it themselves. */
export function refusal<Code extends string>(
  code: Code,
  site: string,
  detail?: Readonly<Record<string, unknown>>,
): Refusal<Code> {
  return detail === undefined ? { code, site } : { code, site, detail };
}

/** The same refusal under another code. It keeps its site, which names the line that refused. */
export function recoded<Code extends string>(refused: Refusal, code: Code): Refusal<Code> {
  return { ...refused, code };
}

/**
 * Writes a refusal to the log and counts it by its code. The code that answers with the refusal
 * calls it once.
 */
export type ReportRefusal = (refused: Refusal) => void;

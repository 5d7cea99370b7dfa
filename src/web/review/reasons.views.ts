import type { HookRecord } from '../../policy/evaluate.ts';
import type { Reason } from '../../policy/hook.ts';
import type { Verdict } from '../../policy/verdict.ts';
import type { Translator } from '../core/i18n.ts';
import { isCopyKey, wordFor } from '../core/i18n.ts';
import type { CasePage } from './review.model.ts';

/** The order of verdicts on the page: what a reviewer must decide comes first. */
const WEIGHT = { deny: 0, review: 1, step_up: 2, allow: 3 } as const satisfies Record<
  Verdict,
  number
>;

/** Fractions of one, shown in per cent. */
const SHARES: ReadonlySet<string> = new Set(['share', 'drift', 'irregularity']);

/** Details whose values need no label. */
const OBVIOUS: ReadonlySet<string> = new Set(['side', 'part']);

/**
 * The stored decision in words: the verdict of each hook, its reasons and their weights (R21, R23).
 */
export function hooksOf(t: Translator, hooks: readonly HookRecord[]): CasePage['hooks'] {
  return hooks
    .toSorted((one, other) => WEIGHT[one.verdict] - WEIGHT[other.verdict])
    .map(({ id, version, verdict, reasons, cleared }) => {
      const lines = reasons.map((reason) => lineOf(t, id, reason));
      const weighed = lines.flatMap(({ weight }) => weight ?? []);
      const name = wordFor(t, 'hook', id);
      return {
        name,
        version: name === id ? `v${version}` : `${id} v${version}`,
        verdict,
        verdictWord: t(`review.verdict.${verdict}`),
        cleared: cleared
          ? `${t('case.reasons.cleared')} (${t(`review.verdict.${cleared.said}`)})`
          : null,
        reasons: lines,
        sum: weighed.length > 1 ? weighed.reduce((total, weight) => total + weight, 0) : null,
      };
    });
}

function lineOf(
  t: Translator,
  hook: string,
  { code, detail }: Reason,
): CasePage['hooks'][number]['reasons'][number] {
  const { points, ...rest } = detail ?? {};
  const figures = Object.entries(rest).flatMap(([name, value]) => figureOf(t, name, value) ?? []);
  return {
    why: reasonWord(t, hook, code),
    figures,
    weight: typeof points === 'number' ? points : null,
  };
}

/**
 * The words for a reason's code. A code may have words for one hook or for all. Hooks of operators
 * have no copy; their codes are shown as they are.
 */
export function reasonWord(t: Translator, hook: string, code: string): string {
  const key = [`reason.${hook}.${code}`, `reason.any.${code}`].find(isCopyKey);
  return key === undefined ? code : t(key);
}

function figureOf(t: Translator, name: string, value: unknown): string | undefined {
  const shown = shownOf(t, name, value);
  if (shown === undefined || OBVIOUS.has(name)) return shown;
  return `${wordFor(t, 'figure', name)} ${shown}`;
}

/** Undefined for ids of owners and accounts: the case names these people elsewhere. */
function shownOf(t: Translator, name: string, value: unknown): string | undefined {
  if (value === null || value === undefined) return undefined;
  if (typeof value === 'number') {
    const format = SHARES.has(name)
      ? ({ style: 'percent', maximumFractionDigits: 1 } as const)
      : ({ maximumFractionDigits: 1 } as const);
    return new Intl.NumberFormat(t.language, format).format(value);
  }
  if (typeof value !== 'string') return JSON.stringify(value);
  if (/^(acc|own)_[\w-]{22}$/.test(value)) return undefined;
  const own = isCopyKey(`figure.word.${name}.${value}`) ? `${name}.${value}` : value;
  return wordFor(t, 'figure.word', own);
}

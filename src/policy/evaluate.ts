import type { RefusalCode } from '../kernel/refusals.ts';
import type { Facts } from './facts.ts';
import { deepFreeze } from './freeze.ts';
import { type Hook, type HookVerdict, VERDICTS, type Verdict } from './hook.ts';
import { type SameOwnerMethod, sameOwnerMethod } from './hooks/same-owner.ts';
import type { Pack } from './pack.ts';

export interface HookRecord extends HookVerdict {
  readonly id: string;
  readonly version: number;
}

type Outcome =
  | { readonly verdict: Exclude<Verdict, 'deny'>; readonly refusal?: never }
  | { readonly verdict: 'deny'; readonly refusal: RefusalCode };

/** What a pack made of some facts, whole: stored, shown to a reviewer, replayed (R22). */
export type Decision = Outcome & {
  readonly pack: string;
  readonly packVersion: number;
  readonly sameOwner?: { readonly method: SameOwnerMethod };
  readonly hooks: readonly HookRecord[];
};

/** Runs the pack's hooks over the facts. The strictest verdict counts; the first denying reason names the refusal. */
export function evaluate(pack: Pack, hooks: readonly Hook[], facts: Facts): Decision {
  const records = pack.hooks.map((id) => run(id, hooks, facts, pack));
  const method = sameOwnerMethod(facts.owners);
  return deepFreeze({
    pack: pack.id,
    packVersion: pack.version,
    ...outcomeOf(records),
    ...(method === undefined ? {} : { sameOwner: { method } }),
    hooks: records,
  }) as Decision;
}

function outcomeOf(records: readonly HookRecord[]): Outcome {
  const verdict = records.map((record) => record.verdict).reduce(stricter, 'allow');
  if (verdict !== 'deny') return { verdict };
  const reasons = records.filter((record) => record.verdict === 'deny').flatMap((record) => record.reasons);
  return { verdict, refusal: reasons.find((reason) => reason.refusal !== undefined)?.refusal ?? 'risk' };
}

function stricter(a: Verdict, b: Verdict): Verdict {
  return VERDICTS.indexOf(a) > VERDICTS.indexOf(b) ? a : b;
}

/** A hook that is missing, throws or answers nonsense (a promise, say) sends the request to a person; it never allows. */
function run(id: string, hooks: readonly Hook[], facts: Facts, pack: Pack): HookRecord {
  const hook = hooks.find((candidate) => candidate.id === id);
  if (hook === undefined) return { id, version: 0, verdict: 'review', reasons: [{ code: 'hook_missing' }] };
  const record = { id, version: hook.version };
  try {
    const { verdict, reasons } = hook.evaluate(onlyNeeded(hook, facts), pack);
    if (!VERDICTS.includes(verdict) || !Array.isArray(reasons)) throw new TypeError(`hook ${id} gave no verdict`);
    return { ...record, verdict, reasons: structuredClone(reasons) };
  } catch (error) {
    return { ...record, verdict: 'review', reasons: [{ code: 'hook_failed', detail: { error: String(error) } }] };
  }
}

/** A copy for each hook, because a frozen `Date` can still be moved. */
function onlyNeeded(hook: Hook, facts: Facts): Facts {
  const needed = Object.fromEntries(hook.needs.map((need) => [need, facts[need]]));
  return deepFreeze(structuredClone(needed)) as unknown as Facts; // a Hook's type lets it read no more than its needs
}

import { isDate } from 'node:util/types';
import type { CaseId } from '../kernel/ids.ts';
import type { RefusalCode } from '../kernel/refusals.ts';
import { covers } from './clearance.ts';
import type { Facts } from './facts.ts';
import { deepFreeze } from './freeze.ts';
import type { Hook, HookVerdict } from './hook.ts';
import { type SameOwnerMethod, sameOwnerMethod } from './hooks/same-owner.ts';
import type { Pack } from './pack.ts';
import { askedBy, isNothing, type ProofMeans, type Proofs, stillAsked } from './step-up.ts';
import { isStricter, VERDICTS, type Verdict } from './verdict.ts';

export interface HookRecord extends HookVerdict {
  readonly id: string;
  readonly version: number;
  /** A reviewer's clearance replaces what the hook `said`; this names the case (R23). */
  readonly cleared?: { readonly said: Verdict; readonly by: CaseId };
  /** The proof that the hook asked for was given: its `step_up` counts as `allow`. */
  readonly proved?: {
    readonly said: 'step_up';
    readonly by: Readonly<Record<keyof Proofs, ProofMeans | null>>;
  };
}

type Outcome =
  | { readonly verdict: Exclude<Verdict, 'deny'>; readonly refusal?: never }
  | { readonly verdict: 'deny'; readonly refusal: RefusalCode };

/** The full result of a pack over some facts: stored, shown to a reviewer, replayed (R22). */
export type Decision = Outcome & {
  readonly pack: string;
  readonly packVersion: number;
  readonly sameOwner?: { readonly method: SameOwnerMethod };
  readonly hooks: readonly HookRecord[];
  /** Results of the pack's shadow hooks, and the outcome with them. They change nothing (R22). */
  readonly shadow?: { readonly verdict: Verdict; readonly hooks: readonly HookRecord[] };
};

/** Runs one part of the work. A caller that measures time passes its own. */
export type Timed = <T>(name: string, work: () => T) => T;

const untimed: Timed = (_, work) => work();

/**
 * Runs the pack's hooks over the facts. The strictest verdict counts. The first reason that denies
 * names the refusal.
 */
export function evaluate(
  pack: Pack,
  hooks: readonly Hook[],
  facts: Facts,
  timed: Timed = untimed,
): Decision {
  const sealed = new Sealed(facts);
  const runAll = (ids: readonly string[]) =>
    ids.map((id) => {
      const hook = hooks.find((candidate) => candidate.id === id);
      return timed(id, () =>
        afterProof(afterClearance(run(id, hook, sealed, pack), hook, facts), facts),
      );
    });
  const records = runAll(pack.hooks);
  const shadows = runAll(pack.shadow);
  const method = sameOwnerMethod(facts.owners);
  return deepFreeze({
    pack: pack.id,
    packVersion: pack.version,
    ...outcomeOf(records),
    ...(method === undefined ? {} : { sameOwner: { method } }),
    hooks: records,
    ...(shadows.length === 0
      ? {}
      : { shadow: { verdict: outcomeOf([...records, ...shadows]).verdict, hooks: shadows } }),
  }) as Decision;
}

/**
 * A doubt that a reviewer cleared counts as `allow`; the hook's own result is kept. Only a hook
 * that may be overruled can be cleared.
 */
function afterClearance(
  record: HookRecord,
  hook: Hook | undefined,
  { clearance }: Facts,
): HookRecord {
  if (
    clearance === null ||
    hook?.overrulable !== true ||
    record.verdict === 'allow' ||
    !covers(clearance, record)
  )
    return record;
  return { ...record, verdict: 'allow', cleared: { said: record.verdict, by: clearance.caseId } };
}

/** A proof answers a `step_up` only. It does not change a `review` or a `deny`. */
function afterProof(record: HookRecord, { proofs }: Facts): HookRecord {
  if (record.verdict !== 'step_up' || !isNothing(stillAsked(askedBy(record.reasons), proofs)))
    return record;
  return {
    ...record,
    verdict: 'allow',
    proved: {
      said: 'step_up',
      by: {
        initiator: proofs.initiator?.by ?? null,
        counterparty: proofs.counterparty?.by ?? null,
      },
    },
  };
}

function outcomeOf(records: readonly HookRecord[]): Outcome {
  const verdict = records
    .map((record) => record.verdict)
    .reduce<Verdict>(
      (strictest, verdict) => (isStricter(verdict, strictest) ? verdict : strictest),
      'allow',
    );
  if (verdict !== 'deny') return { verdict };
  const reasons = records
    .filter((record) => record.verdict === 'deny')
    .flatMap((record) => record.reasons);
  return {
    verdict,
    refusal: reasons.find((reason) => reason.refusal !== undefined)?.refusal ?? 'risk',
  };
}

/**
 * A hook that is missing, throws or returns nonsense (such as a promise) leads to a review. It
 * never allows.
 */
function run(id: string, hook: Hook | undefined, facts: Sealed, pack: Pack): HookRecord {
  if (hook === undefined)
    return { id, version: 0, verdict: 'review', reasons: [{ code: 'hook_missing' }] };
  const record = { id, version: hook.version };
  try {
    const { verdict, reasons } = hook.evaluate(facts.neededBy(hook), pack);
    if (!VERDICTS.includes(verdict) || !Array.isArray(reasons))
      throw new TypeError(`hook ${id} gave no verdict`);
    return { ...record, verdict, reasons: structuredClone(reasons) };
  } catch (error) {
    return {
      ...record,
      verdict: 'review',
      reasons: [{ code: 'hook_failed', detail: { error: String(error) } }],
    };
  }
}

/**
 * Facts as hooks receive them. Hooks share a frozen copy of each member. A frozen `Date` can still
 * be changed, so members that hold a date are copied for each hook.
 */
class Sealed {
  readonly #facts: Facts;
  readonly #shared = new Map<keyof Facts, unknown>();

  constructor(facts: Facts) {
    this.#facts = facts;
  }

  neededBy(hook: Hook): Facts {
    return Object.freeze(
      Object.fromEntries(hook.needs.map((need) => [need, this.#member(need)])),
    ) as unknown as Facts; // the Hook type allows it to read no more
  }

  #member(need: keyof Facts): unknown {
    if (this.#shared.has(need)) return this.#shared.get(need);
    const copy = deepFreeze(structuredClone(this.#facts[need]));
    if (!holdsDate(copy)) this.#shared.set(need, copy);
    return copy;
  }
}

function holdsDate(value: unknown): boolean {
  return (
    isDate(value) ||
    (typeof value === 'object' && value !== null && Object.values(value).some(holdsDate))
  );
}

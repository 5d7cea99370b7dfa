import type { DecisionId } from '../kernel/ids.ts';
import type { RefusalCode } from '../kernel/refusals.ts';
import { NOT_QUERIED } from './answers.ts';
import { evaluate } from './evaluate.ts';
import type { Facts } from './facts.ts';
import type { Hook } from './hook.ts';
import type { Pack } from './pack.ts';
import type { Verdict } from './verdict.ts';

/** A past decision, with its facts. */
export interface PastDecision {
  readonly id: DecisionId;
  readonly verdict: Verdict;
  readonly refusal: RefusalCode | null;
  readonly facts: Facts;
}

/** What another pack would have decided in past cases (R41). */
export interface Trial {
  readonly replayed: number;
  readonly unchanged: number;
  /** Undecidable: the decision lacks a fact or an answer that the pack's hooks need. */
  readonly undecidable: number;
  readonly changes: readonly Change[];
}

export interface Change {
  /** `allow`, `review`, `deny limit_reached` … */
  readonly from: string;
  readonly to: string;
  readonly count: number;
  readonly examples: readonly DecisionId[];
}

const EXAMPLES = 3;

/**
 * Replays any number of decisions against a pack: {@link add} them, then read the {@link trial}.
 */
export class PackTrial {
  readonly #pack: Pack;
  readonly #hooks: readonly Hook[];
  readonly #needs: readonly (keyof Facts)[];
  readonly #changes = new Map<string, Change>();
  #replayed = 0;
  #undecidable = 0;

  constructor(pack: Pack, hooks: readonly Hook[]) {
    this.#pack = pack;
    this.#hooks = hooks;
    this.#needs = hooks.filter(({ id }) => pack.hooks.includes(id)).flatMap(({ needs }) => needs);
  }

  add({ id, verdict, refusal, facts }: PastDecision): void {
    this.#replayed += 1;
    const now = this.#needs.some((need) => facts[need] === undefined)
      ? undefined
      : evaluate(this.#pack, this.#hooks, facts);
    if (
      now === undefined ||
      now.hooks.some(({ reasons }) => reasons.some(({ code }) => code === NOT_QUERIED))
    ) {
      this.#undecidable += 1;
      return;
    }
    const from = words(verdict, refusal);
    const to = words(now.verdict, now.refusal ?? null);
    if (from === to) return;
    const known = this.#changes.get(`${from} ${to}`) ?? { from, to, count: 0, examples: [] };
    this.#changes.set(`${from} ${to}`, {
      ...known,
      count: known.count + 1,
      examples: [...known.examples, id].slice(0, EXAMPLES),
    });
  }

  get trial(): Trial {
    const changes = [...this.#changes.values()].sort(
      (a, b) => b.count - a.count || a.from.localeCompare(b.from),
    );
    const changed = changes.reduce((sum, { count }) => sum + count, 0);
    return {
      replayed: this.#replayed,
      unchanged: this.#replayed - this.#undecidable - changed,
      undecidable: this.#undecidable,
      changes,
    };
  }
}

function words(verdict: Verdict, refusal: RefusalCode | null): string {
  return refusal === null ? verdict : `${verdict} ${refusal}`;
}

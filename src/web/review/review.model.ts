import type { Action, Due, Leaf, Notice, Terms, Titled } from '../core/page.model.ts';

declare module '../core/page.model.ts' {
  /** The templates of those who decide. */
  interface Views {
    readonly review: QueuePage;
    readonly case: CasePage;
    readonly signing: SigningPage;
  }
}

/** A filter or a count that is a link. `on`: it is shown now. */
export interface Choice {
  readonly href: string;
  readonly label: string;
  readonly count: number | null;
  readonly on: boolean;
}

export interface QueueRow {
  readonly href: string;
  readonly title: string;
  readonly hint: string;
  readonly flags: readonly string[];
  readonly due: Due;
}

export interface QueuePage extends Titled {
  readonly lede: string;
  readonly notice: Notice | null;
  readonly views: readonly Choice[];
  readonly filters: readonly { readonly label: string; readonly choices: readonly Choice[] }[];
  readonly cases: readonly QueueRow[];
  /** A decision was made just now: the keyboard goes on at the first row. */
  readonly goOn: boolean;
  readonly next: string | null;
  readonly signings: readonly {
    readonly href: string;
    readonly title: string;
    readonly hint: string;
    readonly flag: string | null;
  }[];
}

/** A declared value. `groups`: how it is split to be read letter by letter. */
export interface Declared {
  readonly label: string;
  readonly value: string;
  readonly groups: readonly string[] | null;
}

export interface DocumentView {
  readonly name: string;
  readonly href: string;
  readonly pdf: boolean;
}

export interface CasePage extends Titled {
  readonly action: string;
  readonly back: string;
  readonly about: string;
  readonly due: Due;
  readonly flags: readonly string[];
  readonly appeal: {
    readonly text: string;
    readonly before: string;
    readonly reason: string | null;
  } | null;
  /** This reviewer has decided, and a second one is needed. */
  readonly mine: string | null;
  /** For a case about a binding request. */
  readonly pair: readonly Leaf[];
  readonly facts: Terms['facts'];
  readonly hooks: readonly {
    readonly name: string;
    readonly version: string;
    readonly verdict: string;
    readonly verdictWord: string;
    /** A person has cleared this doubt. */
    readonly cleared: string | null;
    readonly reasons: readonly {
      readonly why: string;
      readonly figures: readonly string[];
      readonly weight: number | null;
    }[];
    /** The sum, where several reasons have weights. */
    readonly sum: number | null;
  }[];
  /** For a case about evidence or a correction. */
  readonly declaredTitle: string;
  readonly declared: readonly Declared[];
  readonly check: string | null;
  readonly documents: readonly DocumentView[];
  readonly beside: readonly DocumentView[];
  readonly pieces: readonly string[];
  readonly history: readonly string[];
  /** Null where this reviewer has decided. `eyes`: says that two reviewers must accept. */
  readonly form: {
    readonly accept: string;
    readonly reject: string;
    readonly eyes: string | null;
    readonly reason: string;
  } | null;
  readonly notice: Notice | null;
}

export interface SigningPage extends Titled {
  readonly lede: string;
  readonly declared: readonly Declared[];
  readonly facts: Terms['facts'];
  readonly notice: Notice | null;
  readonly appoint: {
    readonly action: string;
    readonly submit: string;
    readonly at: string;
    readonly place: string;
  } | null;
  readonly attest: { readonly action: string; readonly text: string } | null;
  readonly actions: readonly Action[];
}

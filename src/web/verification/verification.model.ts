import type { Action, Mark, Notice, Titled } from '../core/page.model.ts';

declare module '../core/page.model.ts' {
  /** The templates of an account’s verification. */
  interface Views {
    readonly verification: VerificationPage;
    readonly declare: DeclarePage;
    readonly deposit: DepositPage;
    readonly confirmation: ConfirmationPage;
    readonly affiliation: AffiliationPage;
  }
}

export interface VerificationPage extends Titled {
  readonly lede: string;
  readonly head: {
    readonly tone: 'good' | 'go' | 'wait' | 'act' | 'bad';
    readonly title: string;
    readonly lines: readonly string[];
    readonly action: Action | null;
    readonly marks: readonly Mark[];
    readonly progress: string;
  };
  readonly steps: readonly StepView[];
  /** A verified account may confirm others of its owner (R44). */
  readonly verified: boolean;
  /** A verified company may have a parent and subsidiaries. */
  readonly company: boolean;
  /**
   * Where the page polls while a machine checks something. Null while people do: that takes days.
   */
  readonly watch: { readonly url: string; readonly state: string } | null;
}

export interface StepView {
  readonly id: string;
  readonly mark: Mark;
  readonly word: string;
  readonly title: string;
  readonly short: string | null;
  readonly pieces: readonly PieceBlock[];
  readonly action: Action | null;
  readonly alternative: Action | null;
  /** R44: the way by another account that is proven. */
  readonly confirm: Action | null;
  readonly past: { readonly label: string; readonly lines: readonly string[] } | null;
}

/** One piece of evidence within its step. */
export interface PieceBlock {
  readonly title: string | null;
  readonly facts: string;
  readonly lines: readonly string[];
  /** The date of the answer, shown in bold. */
  readonly due: string | null;
  readonly rejection: string | null;
  readonly appointment: { readonly when: string; readonly body: string } | null;
  readonly appeal: {
    readonly action: string;
    readonly text: string;
    readonly notice: Notice | null;
  } | null;
  readonly withdraw: { readonly action: string; readonly hint: string } | null;
}

export interface Field {
  readonly name: string;
  readonly label: string;
  readonly hint: string | null;
  readonly value: string;
  readonly autocomplete: string;
  readonly inputmode: 'text' | 'numeric' | 'decimal';
  readonly maxlength: number;
  readonly required: boolean;
}

export interface DeclarePage extends Titled {
  readonly lede: string;
  readonly fields: readonly Field[];
  readonly as: 'person' | 'organisation';
  readonly other: Action | null;
  readonly again: boolean;
  readonly notice: Notice | null;
}

export interface DepositPage extends Titled {
  readonly action: string;
  readonly hint: string;
  readonly typed: string;
  readonly sandbox: { readonly row: string | null } | null;
  readonly notice: Notice | null;
}

/** The code that another account of the owner is to type (R44). */
export interface ConfirmationPage extends Titled {
  readonly groups: readonly string[] | null;
  readonly where: string;
}

/** The parent of a company, and the subsidiaries that wait for its answer (R44). */
export interface AffiliationPage extends Titled {
  readonly notice: Notice | null;
  readonly mine: readonly {
    readonly state: string;
    readonly facts: string;
    /** Where it is withdrawn; null where nothing is left to withdraw. */
    readonly withdraw: string | null;
  }[];
  readonly accept: string;
  readonly formats: string;
  readonly due: string;
  readonly asked: readonly {
    readonly line: string;
    readonly action: string;
    readonly proof: { readonly app: boolean; readonly passkey: string | null };
  }[];
}

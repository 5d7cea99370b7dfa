import type { Action, Notice, Titled } from '../core/view-parts.ts';

/** What the pages of an account's own data are given: see {@link import('../core/views.ts').Views}. */
export interface ApplicantViews {
  readonly verification: VerificationPage;
  readonly 'separate-consent': SeparateConsentPage;
  readonly declare: DeclarePage;
  readonly upload: UploadPage;
  readonly deposit: DepositPage;
  readonly 'own-data': OwnDataPage;
  readonly correct: CorrectPage;
  readonly forget: ForgetPage;
  readonly notices: NoticesPage;
  readonly refusals: RefusalsPage;
  readonly refusal: RefusalPage;
}

/** How a step stands, as its mark on the thread shows it. */
export type Mark = 'done' | 'wait' | 'act' | 'bad' | 'next' | 'todo';

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
  /** Where the page asks whether it is still true, while a machine checks something; null: it would wait for days. */
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
  readonly past: { readonly label: string; readonly lines: readonly string[] } | null;
}

/** One piece of evidence within its step. */
export interface PieceBlock {
  readonly title: string | null;
  readonly facts: string;
  readonly lines: readonly string[];
  /** What is by when, in bold. */
  readonly due: string | null;
  readonly reason: string | null;
  readonly appointment: { readonly when: string; readonly body: string } | null;
  readonly appeal: {
    readonly action: string;
    readonly text: string;
    readonly notice: Notice | null;
  } | null;
  readonly withdraw: { readonly action: string; readonly hint: string } | null;
}

export interface SeparateConsentPage extends Titled {
  readonly name: string;
  readonly paragraphs: readonly { readonly label: string | null; readonly text: string }[];
  readonly version: string;
  readonly action: string;
  readonly back: Action;
  readonly consent: { readonly kind: string; readonly version: number; readonly next: string };
  readonly refuse: string;
  readonly notice: Notice | null;
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
  readonly again: boolean;
  readonly notice: Notice | null;
}

export interface UploadPage extends Titled {
  readonly lede: string;
  readonly action: string;
  readonly sketch: string;
  readonly files: readonly { readonly label: string; readonly capture: 'user' | null }[];
  readonly accept: string;
  readonly formats: string;
  readonly tips: readonly string[];
  readonly until: { readonly label: string; readonly value: string } | null;
  readonly due: string;
  readonly submit: string;
  readonly alternative: Action | null;
  readonly back: Action;
  readonly notice: Notice | null;
}

export interface DepositPage extends Titled {
  readonly action: string;
  readonly hint: string;
  readonly typed: string;
  readonly sandbox: { readonly row: string | null } | null;
  readonly notice: Notice | null;
}

/** Something that is kept: what, since when, for what, by what right, and who looked. */
export interface KeptView {
  readonly name: string;
  readonly state: { readonly word: string; readonly mark: Mark } | null;
  readonly facts: readonly { readonly label: string; readonly value: string }[];
  readonly lines: readonly string[];
  readonly looks: { readonly label: string; readonly lines: readonly string[] } | null;
  readonly text: {
    readonly label: string;
    readonly language: string;
    readonly paragraphs: readonly string[];
  } | null;
  readonly withdraw: string | null;
}

export interface OwnDataPage extends Titled {
  readonly claimed: boolean;
  readonly sections: readonly {
    readonly id: string;
    readonly title: string;
    readonly things: readonly KeptView[];
  }[];
  readonly notice: Notice | null;
}

export interface CorrectPage extends Titled {
  readonly fields: readonly {
    readonly name: string;
    readonly label: string;
    readonly chosen: boolean;
  }[];
  readonly value: string;
  readonly accept: string;
  readonly due: string;
  readonly notice: Notice | null;
}

export interface ForgetPage extends Titled {
  readonly lede: string;
  readonly notice: Notice | null;
}

export interface NoticesPage extends Titled {
  readonly notices: readonly {
    readonly title: string;
    readonly reason: string | null;
    readonly at: string;
    readonly unread: boolean;
    readonly tone: 'good' | 'warn' | 'bad';
    readonly link: Action;
  }[];
}

export interface RefusalsPage extends Titled {
  readonly refusals: readonly {
    readonly href: string;
    readonly title: string;
    readonly where: string;
    readonly at: string;
    readonly state: string;
    readonly mark: Mark;
  }[];
}

export interface RefusalPage extends Titled {
  readonly state: { readonly word: string; readonly mark: Mark };
  readonly lines: readonly string[];
  readonly sections: readonly { readonly label: string; readonly text: string }[];
  readonly facts: readonly { readonly label: string; readonly value: string }[];
  /** Where what stood in the way can be changed. */
  readonly way: Action | null;
  readonly appeal: { readonly action: string; readonly lede: string; readonly text: string } | null;
  readonly notice: Notice | null;
}

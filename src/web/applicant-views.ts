import type { Action, Notice } from './views.ts';

/** What the pages of an account's own data are given: see {@link import('./views.ts').Views}. */
export interface ApplicantViews {
  readonly verification: VerificationPage;
  readonly 'separate-consent': SeparateConsentPage;
  readonly declare: DeclarePage;
  readonly upload: UploadPage;
  readonly deposit: DepositPage;
}

interface Titled {
  readonly title: string;
}

/** How a step stands, as its mark on the thread shows it. */
export type Mark = 'done' | 'wait' | 'act' | 'bad' | 'next' | 'todo';

export interface VerificationPage extends Titled {
  readonly lede: string;
  readonly head: {
    readonly tone: 'good' | 'wait' | 'act' | 'bad';
    readonly title: string;
    readonly lines: readonly string[];
    readonly action: Action | null;
    readonly marks: readonly Mark[];
    readonly progress: string;
  };
  readonly steps: readonly StepView[];
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
  readonly lines: readonly string[];
  /** What is by when, in bold. */
  readonly due: string | null;
  readonly trouble: string | null;
  readonly appointment: { readonly when: string; readonly body: string } | null;
  readonly appeal: { readonly action: string; readonly text: string; readonly notice: Notice | null } | null;
  readonly withdraw: { readonly action: string; readonly hint: string } | null;
}

export interface SeparateConsentPage extends Titled {
  readonly name: string;
  readonly paragraphs: readonly { readonly label: string | null; readonly text: string }[];
  readonly version: string;
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
  readonly notice: Notice | null;
}

export interface DepositPage extends Titled {
  readonly action: string;
  readonly hint: string;
  readonly typed: string;
  readonly sandbox: { readonly row: string | null } | null;
  readonly notice: Notice | null;
}

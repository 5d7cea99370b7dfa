import type { Notice, Titled } from '../core/view-parts.ts';

/** What the pages of second factors are given: see {@link import('../core/views.ts').Views}. */
export interface SecurityViews {
  readonly security: SecurityPage;
  readonly 'security-app': SecurityAppPage;
}

/** What a form asks for before factors change, beside the password. */
export interface ProofFields {
  /** The code of an app. */
  readonly app: boolean;
  /** A passkey, and what the proof by it is for; null where there is none. */
  readonly passkey: string | null;
}

export interface ChangeForm {
  readonly proof: ProofFields;
  /** Why it did not work; the form is open then. */
  readonly notice: Notice | null;
}

export interface SecurityPage extends Titled {
  readonly notice: Notice | null;
  readonly status: { readonly tone: 'good' | 'act'; readonly title: string; readonly text: string };
  readonly factors: readonly {
    readonly id: string;
    readonly name: string;
    readonly kind: string;
    readonly facts: readonly { readonly label: string; readonly value: string }[];
    readonly remove: ChangeForm;
  }[];
  readonly addPasskey: ChangeForm & { readonly suggested: string };
  /** Null: there is one already. */
  readonly addApp: ChangeForm | null;
}

export interface SecurityAppPage extends Titled {
  readonly token: string;
  readonly uri: string;
  readonly qr: string;
  readonly groups: readonly string[];
  readonly suggested: string;
  readonly notice: Notice | null;
}

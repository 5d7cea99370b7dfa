import type { Leaf, Notice, Terms, Titled } from '../core/page.model.ts';

declare module '../core/page.model.ts' {
  /** The templates of a binding’s approval, and of what oidc-provider asks of people. */
  interface Views {
    readonly 'sign-out': SignOutView;
    readonly 'go-on': GoOnView;
    readonly consent: ConsentView;
    readonly code: CodeView;
    readonly wait: WaitView;
    readonly approve: ApproveView;
    readonly prove: ProvePage;
  }
}

export interface SignOutView extends Titled {
  /** oidc-provider's form, as it made it. */
  readonly form: string;
}

export interface GoOnView extends Titled {
  readonly lede: string;
  readonly action: string;
  readonly xsrf: string;
}

export interface ConsentView extends Titled {
  readonly action: string;
  readonly lede: string;
  readonly app: { readonly name: string; readonly uri: string | null };
  /** The account this page was made for: sent back with the form, so that a page left open approves nothing else. */
  readonly account: { readonly id: string; readonly name: string; readonly hint: string };
  readonly lines: readonly string[];
  readonly linesTitle: string;
  /** `rules`: which pack and version the page shows; null where the request holds them. */
  readonly binding: {
    readonly rules: string | null;
    readonly role: string;
    readonly terms: Terms;
    readonly full: string | null;
  } | null;
  readonly approve: string;
  readonly notice: Notice | null;
}

export interface CodeView extends Titled {
  readonly typed: string;
  readonly notice: Notice | null;
}

export interface WaitView extends Titled {
  readonly approvalSession: string;
  readonly app: string;
  readonly code: {
    readonly groups: readonly string[];
    readonly qr: string;
    readonly link: string;
  } | null;
  readonly lost: Notice | null;
  readonly expiresIn: number;
  readonly valid: string;
  readonly bindUrl: string;
  readonly pair: readonly Leaf[];
  readonly account: string;
  readonly continueTo: string;
  readonly notice: Notice | null;
}

export interface ApproveView extends Titled {
  readonly action: string;
  readonly lede: string;
  readonly pair: readonly Leaf[];
  readonly terms: Terms;
  readonly account: string;
  readonly approve: string;
  readonly care: boolean;
  readonly switchTo: string | null;
  readonly notice: Notice | null;
}

export interface ProvePage extends Titled {
  readonly lede: string;
  readonly approvalSession: string;
  readonly account: string;
  readonly watch: string;
  /** Null while a check takes the time it takes. */
  readonly left: { readonly seconds: number; readonly text: string } | null;
  readonly notice: Notice | null;
  /** A face is being checked, or was and did not fit. */
  readonly checking: Notice | null;
  readonly passkey: boolean;
  readonly app: boolean;
  readonly face: { readonly href: string; readonly hint: string } | null;
  readonly hints: readonly string[];
  readonly kept: string;
  readonly pair: readonly Leaf[];
  /** Where the initiator asks again whether the counterparty is done. */
  readonly continueTo: { readonly href: string; readonly label: string } | null;
}

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
  /** The HTML of oidc-provider's form. */
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
  /** Where the app registered itself, and nobody verified it. */
  readonly warning: string | null;
  /**
   * The account on the page. The form sends it back, so an old page approves for no other account.
   */
  readonly account: { readonly id: string; readonly name: string; readonly hint: string };
  readonly lines: readonly string[];
  readonly linesTitle: string;
  /** `rules`: the pack and version on the page; null where the request has them already. */
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
  readonly digits: number;
  readonly placeholder: string;
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
  /** Where the app registered itself, and nobody verified it. */
  readonly warning: string | null;
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
  /** Null while a face is checked: that time does not count. */
  readonly left: { readonly seconds: number; readonly text: string } | null;
  readonly notice: Notice | null;
  /** A face is being checked, or did not match. */
  readonly checking: Notice | null;
  readonly passkey: boolean;
  readonly app: boolean;
  readonly face: { readonly href: string; readonly hint: string } | null;
  readonly hints: readonly string[];
  readonly kept: string;
  readonly pair: readonly Leaf[];
  /** The link by which the initiator asks again whether the counterparty is done. */
  readonly continueTo: { readonly href: string; readonly label: string } | null;
}

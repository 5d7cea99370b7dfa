import type { SecurityViews } from '../account/security.model.ts';
import type { BoardViews } from '../operator/board.model.ts';
import type { ReviewViews } from '../review/review.model.ts';
import type { ApplicantViews } from '../verification/verification.model.ts';
import type { Action, Leaf, Notice, Terms, Titled } from './view-parts.ts';

export type { Action, Leaf, Notice, Terms } from './view-parts.ts';

/** What each template in `views/` is given. Words are already in the reader's language; templates only place them. */
export interface Views extends ApplicantViews, ReviewViews, SecurityViews, BoardViews {
  readonly front: FrontView;
  readonly 'sign-in': SignInView;
  readonly 'sign-out': SignOutView;
  readonly 'go-on': GoOnView;
  readonly consent: ConsentView;
  readonly code: CodeView;
  readonly wait: WaitView;
  readonly approve: ApproveView;
  readonly prove: ProvePage;
  readonly message: MessageView;
  readonly account: AccountView;
  readonly bindings: BindingsView;
  readonly doc: DocView;
}

export interface SignInView extends Titled {
  readonly action: string;
  readonly lede: string;
  readonly aside: string | null;
  readonly login: string;
  readonly notice: Notice | null;
  readonly cancel: { readonly action: string; readonly label: string } | null;
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

export interface MessageView extends Titled {
  readonly tone: 'good' | 'bad' | 'warn' | 'plain';
  readonly pair: readonly Leaf[];
  readonly sections: readonly { readonly label: string | null; readonly text: string }[];
  readonly actions: readonly Action[];
  /** Moves on by itself to the first action, where that is the only sensible way. */
  readonly moveOn: { readonly seconds: number; readonly href: string } | null;
  readonly watch: { readonly url: string; readonly state: string } | null;
  readonly notice: Notice | null;
}

export interface AccountView extends Titled {
  readonly account: { readonly name: string; readonly hint: string };
  readonly groups: readonly {
    readonly title: string;
    readonly links: readonly {
      readonly href: string;
      readonly label: string;
      readonly hint: string;
    }[];
  }[];
}

export interface GradeStep {
  readonly step: 'raise' | 'lower';
  readonly to: number;
  readonly label: string;
}

export interface BindingsView extends Titled {
  readonly groups: readonly {
    readonly title: string;
    readonly bindings: readonly {
      readonly id: string;
      readonly name: string;
      readonly hint: string;
      readonly state: string;
      readonly stateWord: string;
      readonly since: string;
      readonly permissions: readonly string[];
      /** R40: how far the sub may go; the steps are the primary's to take. */
      readonly grade: { readonly word: string; readonly steps: readonly GradeStep[] } | null;
      /** Why it is suspended, one sentence for each that holds it. */
      readonly holds: readonly string[];
      readonly change: 'suspend' | 'resume' | null;
      /** What unbinding does and takes; null where there is nothing to end. */
      readonly ends: string | null;
    }[];
  }[];
}

export interface FrontView extends Titled {
  readonly demo: {
    readonly password: string;
    readonly accounts: readonly { readonly login: string; readonly who: string }[];
  } | null;
}

export interface DocView extends Titled {
  /** HTML made by `markdown.ts` from a file of this repository. */
  readonly html: string;
}

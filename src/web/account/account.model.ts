import type { Action, Mark, Notice, Titled } from '../core/page.model.ts';

declare module '../core/page.model.ts' {
  /** The templates of a person’s own account. */
  interface Views {
    readonly 'confirm-account': ConfirmAccountPage;
    readonly account: AccountView;
    readonly bindings: BindingsView;
    readonly notices: NoticesPage;
    readonly 'own-data': OwnDataPage;
    readonly correct: CorrectPage;
    readonly forget: ForgetPage;
    readonly refusals: RefusalsPage;
    readonly refusal: RefusalPage;
    readonly contact: ContactPage;
    readonly 'sign-up': SignUpPage;
    readonly recover: RecoverPage;
    readonly contacts: ContactsPage;
    readonly 'contact-code': ContactCodePage;
    readonly password: PasswordPage;
    readonly close: ClosePage;
    readonly security: SecurityPage;
    readonly 'security-app': SecurityAppPage;
  }
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
      /** R40: the grade of the sub, and the steps that the primary can take. */
      readonly grade: { readonly word: string; readonly steps: readonly GradeStep[] } | null;
      /** Why it is suspended: one sentence for each hold. */
      readonly holds: readonly string[];
      /** It is more than the limit allows, in words. */
      readonly overLimit: string | null;
      /** Why it must be confirmed, and until when (R50); null where it need not. */
      readonly confirm: string | null;
      readonly change: 'suspend' | 'resume' | null;
      /** The effect and the conditions of unbinding; null where there is nothing to end. */
      readonly ends: string | null;
    }[];
  }[];
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

/** One stored thing: what, since when, what for, on what basis, and who looked. */
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
  /** The page where the owner can remove the cause. */
  readonly way: Action | null;
  readonly appeal: { readonly action: string; readonly lede: string; readonly text: string } | null;
  readonly notice: Notice | null;
}

/** The proofs that a form asks for, beside the password, before factors change. */
export interface ProofFields {
  /** Whether a code of the authenticator app is asked for. */
  readonly app: boolean;
  /** The purpose of a proof by passkey; null where the account has no passkey. */
  readonly passkey: string | null;
}

export interface ChangeForm {
  /** Whether the account has a password, which is asked for. */
  readonly password: boolean;
  readonly proof: ProofFields;
  /** Why the change was refused; the form is open then. */
  readonly notice: Notice | null;
}

/** An address that gets a code: for a new account, or for a forgotten password. */
export interface ContactPage extends Titled {
  readonly lede: string;
  readonly action: string;
  readonly label: string;
  readonly typed: string;
  /** The sign-in that it began from. */
  readonly back: string;
  readonly notice: Notice | null;
}

export interface RecoverPage extends Titled {
  readonly action: string;
  readonly again: string;
  readonly digits: number;
  readonly shortest: number;
  readonly notice: Notice | null;
}

export interface SignUpPage extends RecoverPage {
  readonly login: string;
  readonly name: string;
  readonly code: string;
}

/** The addresses of an account; each is shown in part. */
export interface ContactsPage extends Titled {
  readonly notice: Notice | null;
  readonly contacts: readonly {
    readonly kind: string;
    readonly word: string;
    readonly address: string;
    readonly since: string;
    readonly remove: ChangeForm;
  }[];
  /** Null where nothing sends messages. */
  readonly add: (ChangeForm & { readonly label: string }) | null;
}

export interface ContactCodePage extends Titled {
  readonly digits: number;
  readonly notice: Notice | null;
}

export interface PasswordPage extends Titled {
  readonly lede: string;
  readonly login: string;
  readonly shortest: number;
  readonly change: ChangeForm;
}

export interface ClosePage extends Titled {
  /** What closing does, one sentence each. */
  readonly lines: readonly string[];
  /** What has to happen before; null where nothing is in the way. */
  readonly obstacle: string | null;
  readonly change: ChangeForm;
}

export interface SecurityPage extends Titled {
  readonly links: readonly Action[];
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
  /** Null where the account has an app already. */
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

/** Where a proven account confirms another one of its owner. */
export interface ConfirmAccountPage extends Titled {
  readonly notice: Notice | null;
  /** Null until a code was typed. */
  readonly found: {
    readonly name: string;
    readonly hint: string;
    readonly code: string;
    readonly password: boolean;
    readonly proof: { readonly app: boolean; readonly passkey: string | null };
    /** It needs a passkey, and this account has none. */
    readonly noPasskey: boolean;
  } | null;
}

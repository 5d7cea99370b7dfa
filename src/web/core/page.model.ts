/**
 * The model of each template, by the template's name. Texts are in the reader's language already;
 * templates only place them. Each journey adds its own templates in its `….model.ts`.
 */
export interface Views {
  readonly message: MessageView;
  readonly 'sign-in': SignInView;
  readonly 'separate-consent': SeparateConsentPage;
  readonly upload: UploadPage;
  readonly start: StartPage;
}

/** Who runs these pages (docs/brand.md). Addresses are as if at the root. */
export interface BrandView {
  readonly name: string;
  /** The mark before the name: an image's address, our own drawing, or none. */
  readonly mark: string | null;
  readonly icon: string | null;
  readonly style: string | null;
  readonly support: string | null;
  readonly terms: string | null;
  readonly privacy: string | null;
}

/** Whose account is signed in, and the platform that it is from. */
export interface SignedInView {
  readonly name: string;
  readonly platform: string;
}

/** A message above a form or a page. */
export interface Notice {
  readonly tone: 'bad' | 'warn' | 'good';
  readonly title: string;
  readonly lines: readonly string[];
}

/** One of the two accounts of a binding. `name` is null while it is unknown. */
export interface Leaf {
  readonly side: 'primary' | 'sub';
  readonly sideWord: string;
  readonly name: string | null;
  readonly hint: string;
  readonly you: boolean;
}

/** The terms of a binding. Both consents show the same. */
export interface Terms {
  readonly facts: readonly {
    readonly label: string;
    readonly value: string;
    readonly extra?: string;
  }[];
  readonly actions: readonly string[];
  readonly privileges: readonly string[];
  readonly datatypes: readonly string[];
  readonly slots: {
    readonly used: number;
    readonly limit: number | null;
    readonly text: string;
    readonly next: string | null;
  } | null;
}

export interface Action {
  readonly href: string;
  readonly label: string;
  readonly id?: string;
  readonly primary?: boolean;
}

/** A deadline, and how much time is left or over. */
export interface Due {
  readonly text: string;
  readonly relative: string;
  readonly late: boolean;
}

/** The mark of a step or a thing: its state, by which the page colours it. */
export type Mark = 'done' | 'wait' | 'act' | 'bad' | 'next' | 'todo';

export interface Titled {
  readonly title: string;
}

/** An app, as its registration names it. */
export interface AppLink {
  readonly name: string;
  readonly uri: string;
}

export interface SignInView extends Titled {
  /** The page of an app's flow that shows it, to come back to; null for that of `/account`. */
  readonly flow: string | null;
  readonly action: string;
  readonly lede: string;
  readonly aside: string | null;
  readonly login: string;
  readonly notice: Notice | null;
  readonly cancel: { readonly action: string; readonly label: string } | null;
  /** The platforms whose people sign in there (R47); null where there are none. */
  readonly upstream: {
    readonly action: string;
    readonly choices: readonly {
      readonly id: string;
      readonly value: string;
      readonly label: string;
    }[];
  } | null;
}

export interface MessageView extends Titled {
  readonly tone: 'good' | 'bad' | 'warn' | 'plain';
  readonly pair: readonly Leaf[];
  readonly sections: readonly { readonly label: string | null; readonly text: string }[];
  readonly actions: readonly Action[];
  /** Moves on to `href` after some seconds; null where the person has to choose. */
  readonly moveOn: { readonly seconds: number; readonly href: string } | null;
  readonly watch: { readonly url: string; readonly state: string } | null;
  readonly notice: Notice | null;
  /** On error pages: the request's id in a sentence, for a person to quote to support. */
  readonly reference?: string;
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

/** The drawings of `parts/sketch.eta`. */
export type Sketch =
  | 'portrait'
  | 'emblem'
  | 'face'
  | 'holding'
  | 'licence'
  | 'permit'
  | 'pages'
  | 'deposit'
  | 'signing';

export interface UploadPage extends Titled {
  readonly lede: string;
  readonly action: string;
  readonly sketch: Sketch;
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

/** R48: a person whom an app hands over, before going on. */
export interface StartPage extends Titled {
  readonly lede: string;
  readonly account: { readonly name: string; readonly hint: string };
  readonly action: string;
  readonly ticket: string;
  readonly back: Action | null;
}

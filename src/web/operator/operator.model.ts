import type { Due, Mark, Notice, Titled } from '../core/page.model.ts';

declare module '../core/page.model.ts' {
  /** The templates of operators. */
  interface Views {
    readonly operator: OperatorPage;
    readonly board: BoardPage;
    readonly people: PeoplePage;
    readonly apps: AppsPage;
    readonly app: AppPage;
    readonly bootstrap: BootstrapPage;
  }
}

export interface OperatorPage extends Titled {
  readonly lede: string;
  readonly counts: readonly {
    readonly what: string;
    readonly open: number;
    readonly late: number;
  }[];
  readonly cases: readonly {
    readonly id: string;
    readonly what: string;
    readonly due: Due;
    readonly escalated: string;
  }[];
}

export interface BoardPage extends Titled {
  readonly notice: Notice | null;
  readonly form: {
    readonly from: string;
    readonly to: string;
    readonly by: readonly Option[];
    readonly pack: readonly Option[];
  };
  /** Null where the query was refused. */
  readonly figures: {
    readonly range: string;
    readonly total: string;
    readonly split: readonly {
      readonly part: string;
      readonly label: string;
      readonly share: string;
      readonly count: string;
    }[];
    readonly decided: string;
  } | null;
  readonly sections: readonly BoardSection[];
}

interface Option {
  readonly value: string;
  readonly label: string;
  readonly on: boolean;
}

interface BoardSection {
  readonly id: string;
  readonly title: string;
  readonly lede: string;
  readonly csv: string;
  /** Its address without the parameters that depend on the reader's screen. */
  readonly chart: {
    readonly src: string;
    readonly alt: string;
    readonly wide: Size;
    readonly narrow: Size;
  } | null;
  readonly label: string;
  readonly columns: readonly { readonly label: string; readonly number: boolean }[];
  readonly rows: readonly (readonly string[])[];
}

interface Size {
  readonly width: number;
  readonly height: number;
}

/** One button of a form: what it does, to which role. */
interface RoleStep {
  readonly step: 'grant' | 'withdraw' | 'confirm';
  readonly role: string;
  readonly label: string;
}

interface PersonRow {
  readonly id: string;
  readonly name: string;
  /** Login and platform, and what is not normal about the account. */
  readonly about: string;
  readonly roles: readonly string[];
  readonly steps: readonly RoleStep[];
}

export interface PeoplePage extends Titled {
  readonly notice: Notice | null;
  readonly readOnly: boolean;
  readonly asked: readonly PersonRow[];
  readonly holders: readonly PersonRow[];
  readonly search: { readonly login: string; readonly platform: string };
  readonly found: PersonRow | null;
  /** Where nobody has the login that was looked for. */
  readonly notFound: string | null;
}

export interface BootstrapPage extends Titled {
  readonly lede: string;
  /** The path of this page; its forms go below it. */
  readonly at: string;
  /** A name for the passkey. */
  readonly suggested: string;
  readonly login: string;
  readonly least: number;
  readonly notice: Notice | null;
}

/** The fields of an app. Lists have one value a line. */
export interface AppForm {
  readonly name: string;
  readonly uri: string;
  readonly logoUri: string;
  readonly native: boolean;
  readonly redirectUris: string;
  readonly postLogoutRedirectUris: string;
  readonly sectorUri: string;
  readonly authentication: readonly Option[];
  readonly jwks: string;
  readonly jwksUri: string;
  readonly grants: readonly Option[];
  readonly scopes: readonly Option[];
  readonly packs: readonly Option[];
  readonly resources: string;
  readonly backChannel: boolean;
  readonly platform: string;
  readonly ownerReferences: boolean;
  readonly handOver: string;
  readonly subjects: readonly Option[];
  readonly dpop: boolean;
}

interface AppMark {
  readonly mark: Mark;
  readonly word: string;
}

export interface AppsPage extends Titled {
  readonly notice: Notice | null;
  readonly apps: readonly {
    readonly href: string;
    readonly name: string;
    readonly id: string;
    readonly mark: AppMark;
  }[];
  /** The next page of the list. */
  readonly next: string | null;
  readonly mayChange: boolean;
  /** For a new app: its id and the rest, as they were typed. */
  readonly id: string;
  readonly form: AppForm;
}

export interface AppPage extends Titled {
  readonly id: string;
  readonly at: string;
  readonly notice: Notice | null;
  readonly mark: AppMark;
  readonly facts: readonly { readonly label: string; readonly value: string }[];
  /** Shown once, after it was made. */
  readonly secret: string | null;
  /** `now`: an old secret still works, so only ending it at once is offered. */
  readonly rotates: 'overlap' | 'now' | null;
  readonly on: boolean;
  readonly toVerify: boolean;
  readonly mayChange: boolean;
  readonly form: AppForm;
}

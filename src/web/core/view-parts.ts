/** What the views of several pages are made of, one by one. */
export interface Notice {
  readonly tone: 'bad' | 'warn' | 'good';
  readonly title: string;
  readonly lines: readonly string[];
}

/** One leaf of the pair: an account, or the place where it will appear. */
export interface Leaf {
  readonly side: 'primary' | 'sub';
  readonly sideWord: string;
  readonly name: string | null;
  readonly hint: string;
  readonly you: boolean;
}

/** What a binding brings: the same lines at both consents. */
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

export interface Titled {
  readonly title: string;
}

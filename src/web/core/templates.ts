import { globSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Eta } from 'eta';
import type { Assets } from './assets.ts';
import type { LanguageLink, Translator } from './i18n.ts';
import type { AppLink, BrandView, SignedInView, Views } from './page.model.ts';

/** The folder of the journeys. A path in a template that begins with `/` starts here. */
const WEB = fileURLToPath(new URL('../', import.meta.url));

/** What each template can use beside its own model. */
export interface TemplateContext {
  readonly t: Translator;
  readonly csrf: string;
  /** The nonce that a form with parts/device-key gives the browser to sign. */
  readonly deviceNonce: string;
  readonly brand: BrandView;
  readonly signedIn: SignedInView | null;
  /** The app that handed this person over (R48). */
  readonly backToApp: AppLink | undefined;
  /** Whether people make accounts of Bindery's own here. */
  readonly signUp: boolean;
  /** This page in the other languages. */
  readonly languages: readonly LanguageLink[];
}

/**
 * All templates, found and compiled once. `<%= %>` escapes. `<%~ %>` does not: it is only for our
 * own SVG and documents.
 */
export class Templates {
  readonly #eta = new Eta({ views: WEB, autoEscape: true, cache: true });
  readonly #paths = findTemplates();
  readonly #assets: Assets;

  constructor(assets: Assets) {
    this.#assets = assets;
  }

  render<Name extends keyof Views>(
    name: Name,
    model: Views[Name],
    context: TemplateContext,
  ): string {
    const path = this.#paths.get(name);
    if (path === undefined) throw new Error(`no template is called ${name}`);
    return this.#eta.render(path, {
      ...context,
      m: model,
      asset: (file: string) => this.#assets.url(file),
    });
  }
}

/** Paths by name: `account/bindings.eta` has the name `bindings`. Throws where two share a name. */
function findTemplates(): ReadonlyMap<string, string> {
  const paths = new Map<string, string>();
  for (const path of globSync('*/*.eta', { cwd: WEB })) {
    const name = basename(path, '.eta');
    if (paths.has(name)) throw new Error(`two templates are called ${name}`);
    paths.set(name, path);
  }
  return paths;
}

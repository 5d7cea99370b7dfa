import { globSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Eta } from 'eta';
import type { Assets } from './assets.ts';
import type { LanguageLink, Translator } from './i18n.ts';
import type { Views } from './page.model.ts';

/** The folder of the journeys. Paths that begin with `/` in a template begin here. */
const WEB = fileURLToPath(new URL('../', import.meta.url));

/** What every template may use beside its own model. */
export interface TemplateContext {
  readonly t: Translator;
  readonly csrf: string;
  /** What a form that carries parts/device-key gives the browser to sign. */
  readonly deviceNonce: string;
  /** This page in the other languages. */
  readonly languages: readonly LanguageLink[];
}

/** The templates, found once by their names and compiled once. `<%= %>` escapes; `<%~ %>` is for our own SVG and documents alone. */
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

/** `account/bindings.eta` is called `bindings`, whichever journey it belongs to. */
function findTemplates(): ReadonlyMap<string, string> {
  const paths = new Map<string, string>();
  for (const path of globSync('*/*.eta', { cwd: WEB })) {
    const name = basename(path, '.eta');
    if (paths.has(name)) throw new Error(`two templates are called ${name}`);
    paths.set(name, path);
  }
  return paths;
}

import { fileURLToPath } from 'node:url';
import { Eta } from 'eta';
import type { Assets } from './assets.ts';
import type { Translator } from './i18n.ts';
import type { Views } from './views.ts';

/** What every template may use beside its own model. */
export interface TemplateContext {
  readonly t: Translator;
  readonly csrf: string;
  /** What a form that carries parts/device-key gives the browser to sign. */
  readonly deviceNonce: string;
  /** This page in the other language. */
  readonly languageUrl: string;
}

/** The templates, compiled once. `<%= %>` escapes; `<%~ %>` is for our own SVG and documents alone. */
export class Templates {
  readonly #eta: Eta;
  readonly #assets: Assets;

  constructor(folder: URL, assets: Assets) {
    this.#eta = new Eta({ views: fileURLToPath(folder), autoEscape: true, cache: true });
    this.#assets = assets;
  }

  render<Name extends keyof Views>(name: Name, model: Views[Name], frame: TemplateContext): string {
    return this.#eta.render(`./${name}`, {
      ...frame,
      m: model,
      asset: (file: string) => this.#assets.url(file),
    });
  }
}

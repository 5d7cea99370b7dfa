import { type HTMLElement, parse } from 'node-html-parser';

/** One HTML page as a person sees it. Only its form fields and fixed ids are used. */
export class Page {
  readonly url: URL;
  readonly status: number;
  /** The whole page, including hidden parts. */
  readonly source: string;
  readonly #root: HTMLElement;

  constructor(url: URL, status: number, html: string) {
    this.url = url;
    this.status = status;
    this.source = html;
    this.#root = parse(html);
  }

  get title(): string {
    return this.#root.querySelector('title')?.text.trim() ?? '';
  }

  /** The visible text, with collapsed spaces. */
  get text(): string {
    return textOf(this.#root.querySelector('main') ?? this.#root);
  }

  has(id: string): boolean {
    return this.#root.getElementById(id) !== null;
  }

  textOfId(id: string): string {
    return textOf(this.#need(this.#root.getElementById(id), `#${id}`));
  }

  /** The target of the link with this id. */
  link(id: string): URL {
    const href = this.#need(this.#root.getElementById(id)?.getAttribute('href'), `a link #${id}`);
    return new URL(href, this.url);
  }

  /** Every link to a matching address, with its text. */
  links(path: RegExp): readonly { readonly url: URL; readonly words: string }[] {
    return this.#root
      .querySelectorAll('a[href]')
      .map((link) => ({
        url: new URL(link.getAttribute('href') ?? '', this.url),
        words: textOf(link),
      }))
      .filter(({ url }) => path.test(url.pathname));
  }

  /** The text of each item of the lists of this class. */
  items(list: string): readonly string[] {
    return this.#root.querySelectorAll(`.${list} > li`).map(textOf);
  }

  /** The form that has a field or button of this name (and value). */
  form(name: string, value?: string): Form {
    const found = this.#forms().find((form) => form.has(name, value));
    return this.#need(found, `a form with “${name}${value === undefined ? '' : `=${value}`}”`);
  }

  hasForm(name: string, value?: string): boolean {
    return this.#forms().some((form) => form.has(name, value));
  }

  /**
   * Every form whose action ends like this, with the text of its box. Searches the whole page or
   * one element.
   */
  formsEnding(
    action: string,
    within?: string,
  ): readonly { readonly form: Form; readonly box: string }[] {
    return this.#forms()
      .filter((form) => form.action.pathname.endsWith(action))
      .filter((form) => within === undefined || form.element.closest(`#${within}`) !== null)
      .map((form) => ({ form, box: textOf(form.element.closest('article') ?? form.element) }));
  }

  #forms(): Form[] {
    return this.#root.querySelectorAll('form').map((element) => new Form(element, this.url));
  }

  #need<T>(found: T | null | undefined, what: string): T {
    if (found === null || found === undefined)
      throw new Error(`the page “${this.title}” (${this.status}) has no ${what}`);
    return found;
  }
}

export class Form {
  readonly element: HTMLElement;
  readonly action: URL;

  constructor(element: HTMLElement, page: URL) {
    this.element = element;
    this.action = new URL(element.getAttribute('action') ?? '', page);
  }

  has(name: string, value?: string): boolean {
    return this.#controls().some(
      (control) =>
        control.getAttribute('name') === name &&
        (value === undefined || control.getAttribute('value') === value),
    );
  }

  /** What a browser would send: the current fields, the typed values and the pressed button. */
  filled(typed: Readonly<Record<string, string>>): URLSearchParams {
    const fields = new URLSearchParams();
    for (const control of this.#controls()) {
      const name = control.getAttribute('name');
      const value = name ? heldBy(control) : undefined;
      if (name && value !== undefined) fields.set(name, value);
    }
    for (const [name, value] of Object.entries(typed)) {
      if (!this.has(name))
        throw new Error(`the form ${this.action.pathname} has no field “${name}”`);
      fields.set(name, value);
    }
    return fields;
  }

  /** The same with files, for a form that accepts them. */
  filledWith(files: readonly File[], typed: Readonly<Record<string, string>>): FormData {
    const field = this.#controls().find((control) => control.getAttribute('type') === 'file');
    const name = field?.getAttribute('name');
    if (!name || this.element.getAttribute('enctype') !== 'multipart/form-data') {
      throw new Error(`the form ${this.action.pathname} takes no files`);
    }
    const form = new FormData();
    for (const [key, value] of this.filled(typed)) form.set(key, value);
    for (const file of files) form.append(name, file);
    return form;
  }

  #controls(): HTMLElement[] {
    return this.element.querySelectorAll('input, button, textarea, select');
  }
}

/**
 * The current value of a field. Undefined for controls that are only sent if pressed, ticked or
 * filled with a file.
 */
function heldBy(control: HTMLElement): string | undefined {
  const tag = control.rawTagName.toLowerCase();
  const type = control.getAttribute('type');
  if (tag === 'button' || type === 'file' || type === 'submit') return undefined;
  if ((type === 'checkbox' || type === 'radio') && !control.hasAttribute('checked'))
    return undefined;
  if (tag === 'textarea') return control.text;
  if (tag === 'select')
    return (
      (control.querySelector('option[selected]') ?? control.querySelector('option'))?.getAttribute(
        'value',
      ) ?? ''
    );
  return control.getAttribute('value') ?? '';
}

function textOf(element: HTMLElement): string {
  return element.structuredText.replace(/\s+/g, ' ').trim();
}

/**
 * The pages that a sign-in may lead back to. Each router says which of its pages are among them, where it registers them;
 * there is no second list.
 */
export class ReturnTargets {
  readonly #patterns: RegExp[] = [];

  /**
   * Adds the page at `path`, and answers with the same path for the router. Each `:name` in it needs the pattern of what may
   * stand there; anything else is no return target.
   */
  add(path: string, parts: Readonly<Record<string, RegExp>> = {}): string {
    const steps = path.split('/').map((step) => {
      if (!step.startsWith(':')) return step.replace(/[^\w-]/g, '\\$&');
      const part = parts[step.slice(1)];
      if (!part) throw new Error(`nothing is said of what may stand for ${step} in ${path}`);
      return `(?:${part.source.replace(/^\^|\$$/g, '')})`;
    });
    this.#patterns.push(new RegExp(`^${steps.join('/')}$`));
    return path;
  }

  has(path: string): boolean {
    return this.#patterns.some((pattern) => pattern.test(path));
  }
}

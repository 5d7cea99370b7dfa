/**
 * The pages that a sign-in may lead back to. Routers add them where they register them, so there is
 * no second list.
 */
export class ReturnTargets {
  readonly #patterns: RegExp[] = [];

  /**
   * Adds the page at `path`, and returns the path for the router. `parts` has a pattern for each
   * `:name` in it; a path whose part does not match is no return target.
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

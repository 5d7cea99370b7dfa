/**
 * Owners ordered by id, each with the time of its last observation. It behaves like an index on
 * (node, owner).
 */
export class SortedOwners {
  readonly #owners: string[] = [];
  readonly #lastAt = new Map<string, Date>();

  note(owner: string, at: Date): void {
    if (!this.#lastAt.has(owner)) this.#owners.splice(this.#placeOf(owner), 0, owner);
    this.#lastAt.set(owner, at);
  }

  first(most: number, since: Date): readonly string[] {
    const found: string[] = [];
    for (const owner of this.#owners) {
      if (found.length === most) break;
      if ((this.#lastAt.get(owner) ?? since) > since) found.push(owner);
    }
    return found;
  }

  /** The first and the last. */
  ends(): readonly string[] {
    return [
      ...new Set([this.#owners[0], this.#owners.at(-1)].filter((owner) => owner !== undefined)),
    ];
  }

  #placeOf(owner: string): number {
    let [low, high] = [0, this.#owners.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#owners[middle] ?? '') < owner) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

interface Due {
  readonly day: number;
  readonly order: number;
  readonly act: () => void;
}

/**
 * Future events, earliest first. Events of the same moment keep the order in which they were added.
 */
export class Agenda {
  readonly #heap: Due[] = [];
  #order = 0;
  day = 0;

  at(day: number, act: () => void): void {
    const due = { day: Math.max(day, this.day), order: this.#order++, act };
    let at = this.#heap.push(due) - 1;
    for (let up = (at - 1) >> 1; at > 0 && this.#before(at, up); up = (at - 1) >> 1) {
      this.#swap(at, up);
      at = up;
    }
  }

  run(until: number): void {
    for (let due = this.#take(); due && due.day <= until; due = this.#take()) {
      this.day = due.day;
      due.act();
    }
  }

  #take(): Due | undefined {
    const [first] = this.#heap;
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return first;
    this.#heap[0] = last;
    for (let at = 0; ; ) {
      const [left, right] = [2 * at + 1, 2 * at + 2];
      let least = at;
      if (left < this.#heap.length && this.#before(left, least)) least = left;
      if (right < this.#heap.length && this.#before(right, least)) least = right;
      if (least === at) return first;
      this.#swap(at, least);
      at = least;
    }
  }

  #before(a: number, b: number): boolean {
    const [one, two] = [this.#heap[a], this.#heap[b]];
    if (!one || !two) return false;
    return one.day < two.day || (one.day === two.day && one.order < two.order);
  }

  #swap(a: number, b: number): void {
    const [one, two] = [this.#heap[a], this.#heap[b]];
    if (one && two) [this.#heap[a], this.#heap[b]] = [two, one];
  }
}

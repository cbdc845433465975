/** Most metrics of a bin count the same requests, and probes are sent at one rate: these are enough. */
const KEPT = 4;

interface Slot<T> {
  canary: number;
  baseline: number;
  /** When it was last asked for; 0: never. */
  usedAt: number;
  readonly made: T;
}

/**
 * What was made of the requests of both versions last asked for. Bins are many, the logarithms of their
 * requests are much of what a fold costs, and metrics that count the same requests share them.
 */
export class Recent<T> {
  readonly #slots: readonly Slot<T>[];
  readonly #fill: (made: T, canary: number, baseline: number) => void;
  #first: Slot<T>;
  #asked = 0;

  /** @param fill writes what the requests make into an object that `create` made before. */
  constructor(create: () => T, fill: (made: T, canary: number, baseline: number) => void) {
    const slot = (): Slot<T> => ({ canary: 0, baseline: 0, usedAt: 0, made: create() });
    this.#first = slot();
    this.#slots = [this.#first, ...Array.from({ length: KEPT - 1 }, slot)];
    this.#fill = fill;
  }

  /** Changed by later calls: to be read before the next bin. */
  at(canary: number, baseline: number): T {
    this.#asked += 1;
    let oldest = this.#first;
    for (const slot of this.#slots) {
      if (slot.canary === canary && slot.baseline === baseline && slot.usedAt > 0) {
        slot.usedAt = this.#asked;
        return slot.made;
      }
      if (slot.usedAt < oldest.usedAt) oldest = slot;
    }
    oldest.canary = canary;
    oldest.baseline = baseline;
    oldest.usedAt = this.#asked;
    this.#fill(oldest.made, canary, baseline);
    return oldest.made;
  }
}

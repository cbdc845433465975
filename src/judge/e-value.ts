import { logSumExp } from './log-math.ts';

/** Between these a double holds an e-value, and its products, with room to spare. */
const PLAIN_MIN = 1e-100;
const PLAIN_MAX = 1e150;

/**
 * An e-value, changed in place. Bins are many and logarithms dear: they are taken only where somebody
 * asks, or where the value itself does not fit into a double.
 */
export class EValue {
  /** The value; NaN while it is out of range. */
  plain = 1;
  /** Its logarithm then. */
  #lnFar = 0;

  /** Natural logarithm. */
  get ln(): number {
    return Number.isNaN(this.plain) ? this.#lnFar : Math.log(this.plain);
  }

  set ln(ln: number) {
    const plain = Math.exp(ln);
    this.plain = isPlain(plain) ? plain : NaN;
    this.#lnFar = ln;
  }

  isAbove(other: EValue): boolean {
    const near = !Number.isNaN(this.plain + other.plain);
    return near ? this.plain > other.plain : this.ln > other.ln;
  }

  takeOver(other: EValue): void {
    this.plain = other.plain;
    this.#lnFar = other.#lnFar;
  }
}

/** False for NaN too. */
export function isPlain(value: number): boolean {
  return value > PLAIN_MIN && value < PLAIN_MAX;
}

/** Shares miss a sum of 1 by rounding, and nothing that was bet on must not look like evidence. */
const ROUNDING = 1e-12;

/** An e-value with its share in a mean. */
export interface Part {
  readonly share: number;
  readonly value: EValue;
}

/**
 * The mean of e-values by their shares, which sum to 1: an e-value again, under any dependence between
 * them (statistics.md 1, Vovk and Wang).
 */
export function setMean(mean: EValue, parts: readonly Part[]): void {
  let sum = 0;
  for (const { share, value } of parts) sum += share * value.plain;
  if (isPlain(sum)) mean.plain = Math.abs(sum - 1) < ROUNDING ? 1 : sum;
  else mean.ln = logSumExp(parts.map(({ share, value }) => Math.log(share) + value.ln));
}

/** The part that weighs most; the first of equals. */
export function heaviest<P extends Part>(parts: readonly P[]): P | undefined {
  let most: P | undefined;
  for (const part of parts) if (most === undefined || isHeavier(part, most)) most = part;
  return most;
}

function isHeavier(a: Part, b: Part): boolean {
  const [plainA, plainB] = [a.share * a.value.plain, b.share * b.value.plain];
  if (!Number.isNaN(plainA + plainB)) return plainA > plainB;
  return Math.log(a.share) + a.value.ln > Math.log(b.share) + b.value.ln;
}

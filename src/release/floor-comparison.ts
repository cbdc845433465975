/** Collects what a plan does less than a floor asks for, in the words of a written plan. */
import type { Problem } from './errors.ts';

const MINUTE_MS = 60_000;

/** From the most careful to the least. */
const CARE = ['roll-back', 'pause', 'advance'];
const ROLES = ['rollback', 'notify', 'off'];

/** Percent-milliseconds at a weight or less. */
export interface Shortfall {
  readonly weight: number;
  readonly asked: number;
  readonly said: number;
}

export class Comparison {
  readonly problems: Problem[] = [];
  readonly #at: string;

  constructor(at: string) {
    this.#at = at;
  }

  weaker(path: string, asked: string, said: string): void {
    const message = `the weakest plan allowed asks for ${asked}; this plan says ${said}`;
    this.problems.push({ path: `${this.#at}.${path}`, code: 'weaker', message });
  }

  atMost(path: string, said: number, floor: number): void {
    if (said > floor) this.weaker(path, `at most ${floor}`, String(said));
  }

  atLeast(path: string, said: number, floor: number): void {
    if (said < floor) this.weaker(path, `at least ${floor}`, String(said));
  }

  /** A floor without a ceiling asks for none. */
  ceiling(path: string, said: number | undefined, floor: number | undefined): void {
    if (floor === undefined || (said !== undefined && said <= floor)) return;
    this.weaker(path, `at most ${floor}`, String(said ?? 'none'));
  }

  notLonger(path: string, saidMs: number, floorMs: number): void {
    if (saidMs > floorMs) this.weaker(path, `at most ${duration(floorMs)}`, duration(saidMs));
  }

  notShorter(path: string, saidMs: number, floorMs: number): void {
    if (saidMs < floorMs) this.weaker(path, `at least ${duration(floorMs)}`, duration(saidMs));
  }

  exposure(path: string, key: 'bake' | 'maxBake', { weight, asked, said }: Shortfall): void {
    const sum = `percent-minutes (weight x ${key}, summed) at ${weight} % or less`;
    this.weaker(path, `${asked / MINUTE_MS} ${sum}`, String(said / MINUTE_MS));
  }

  care(path: string, said: string, floor: string): void {
    this.#within(CARE, path, { said, floor });
  }

  role(path: string, said: string, floor: string): void {
    this.#within(ROLES, path, { said, floor });
  }

  #within(order: readonly string[], path: string, { said, floor }: Word): void {
    const enough = order.slice(0, order.indexOf(floor) + 1);
    if (!enough.includes(said)) this.weaker(path, enough.join(' or '), said);
  }
}

interface Word {
  readonly said: string;
  readonly floor: string;
}

const UNITS = [
  ['h', 60 * MINUTE_MS],
  ['m', MINUTE_MS],
  ['s', 1_000],
] as const;

/** Exact, in the largest unit that divides it: as a plan would write it. */
export function duration(valueMs: number): string {
  const unit = UNITS.find(([, size]) => valueMs > 0 && valueMs % size === 0);
  return unit === undefined ? `${valueMs}ms` : `${valueMs / unit[1]}${unit[0]}`;
}

/** Header names know no case. Values may be secret: the text is compared, and never told. */
export function headerText(headers: Readonly<Record<string, string>>): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name.toLowerCase()}: ${value}`);
  return lines.toSorted().join('\n');
}

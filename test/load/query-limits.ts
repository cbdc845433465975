/** What one identity may ask of Log Analytics: 5 at once, 200 waiting, 200 in 30 s (azure.md 3.3). */
import { setTimeout as wait } from 'node:timers/promises';

export const AT_ONCE = 5;
export const WAITING_MAX = 200;
export const WINDOW_MS = 30_000;
export const PER_WINDOW = 200;

export interface QueryLimitsOptions {
  readonly queryMs: number;
  readonly nowMs: () => number;
}

export class QueryLimits {
  readonly #options: QueryLimitsOptions;
  readonly #waiting: (() => void)[] = [];
  #taken: number[] = [];
  #running = 0;
  #enforced = false;

  constructor(options: QueryLimitsOptions) {
    this.#options = options;
  }

  /** Before, nobody is turned away. */
  enforce(): void {
    this.#enforced = true;
  }

  /** Takes the time of a query; false: refused at once. */
  async pass(): Promise<boolean> {
    const { queryMs, nowMs } = this.#options;
    if (!this.#enforced) {
      await wait(queryMs);
      return true;
    }
    const now = nowMs();
    this.#taken = this.#taken.filter((at) => at > now - WINDOW_MS);
    if (this.#taken.length >= PER_WINDOW || this.#waiting.length >= WAITING_MAX) return false;
    this.#taken.push(now);
    if (this.#running >= AT_ONCE) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    this.#running += 1;
    await wait(queryMs);
    this.#running -= 1;
    this.#waiting.shift()?.();
    return true;
  }
}

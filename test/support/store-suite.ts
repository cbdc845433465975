import type { Store } from '../../src/adapters/store/connect.ts';

/** One implementation under the contract suites. */
export interface StoreWorld {
  readonly name: string;
  /** An empty store, the same one until the next call. */
  fresh(): Promise<Store>;
  /** Takes the tick messages that are visible now, as the queue trigger would see them. */
  visibleTicks(): Promise<readonly string[]>;
  /** Time goes by: in the fake at once, in the real store really. */
  pass(ms: number): Promise<void>;
}

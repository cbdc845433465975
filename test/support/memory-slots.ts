/** An app and its slot as they are, and what a swap makes of them. */
import type { SwapSettings } from '../../src/controller/ports/site-reader.ts';
import type { Rule } from '../../src/release/azure-facts.ts';

/** What stays in its place at a swap, and what is in it. All of it may be set by a test. */
export interface MemorySlot {
  volume: string;
  content: string;
  state: string;
  host: string;
  /** Set on both: a swap with preview is pending. */
  targetSwapSlot: string | undefined;
}

export interface MemoryState {
  readonly production: MemorySlot;
  readonly slot: MemorySlot;
  rules: readonly Rule[];
  swappedAtMs: number | undefined;
  /** Of the production site; they stay with it at a swap. */
  tags: Readonly<Record<string, string>>;
  settings: SwapSettings;
}

/** Both run, without rules, never swapped. */
export function newState(site: string, slot: string): MemoryState {
  const place = { state: 'Running', targetSwapSlot: undefined };
  return {
    production: {
      ...place,
      volume: site,
      content: 'content-1',
      host: `${site}.azurewebsites.net`,
    },
    slot: {
      ...place,
      volume: `${site}__e05d`,
      content: 'content-2',
      host: `${site}-${slot}.azurewebsites.net`,
    },
    rules: [],
    swappedAtMs: undefined,
    tags: {},
    settings: { autoSwapSlotName: undefined, stickyAppSettings: [] },
  };
}

/** Volume and content move; rules, hosts and states stay (azure.md 1.4). */
export function exchange(state: MemoryState, atMs: number): void {
  const { production, slot } = state;
  [production.volume, slot.volume] = [slot.volume, production.volume];
  [production.content, slot.content] = [slot.content, production.content];
  state.swappedAtMs = atMs;
}

/** What the simulated App Service really was at any moment, and who meddled with it when. */
import type { Rule } from '../../../src/release/azure-facts.ts';
import type { SwapIntent } from '../../../src/release/intent.ts';
import type { MemoryAppService } from '../../support/memory-app-service.ts';

export interface AcceptedSwap {
  readonly atMs: number;
  readonly releaseId: string;
  readonly claimId: string;
  readonly direction: SwapIntent['direction'];
}

/** A write of ours that was sent and has not reached Azure. */
export interface UnderWay {
  readonly releaseId: string;
  readonly claimId: string;
  readonly notAfter: number;
}

interface Moment<T> {
  readonly fromMs: number;
  readonly value: T;
}

export interface AzureHistory {
  /** Called after every event: notes what changed. */
  look(): void;
  /** Whether the slot's rule had this weight at some moment (0: no rule), both ends included. */
  weightWas(weight: number, fromMs: number, toMs: number): boolean;
  volumeWas(volume: string, fromMs: number, toMs: number): boolean;
  /** Whether the rules of other slots were those in this list. */
  othersWere(rules: readonly Rule[], fromMs: number, toMs: number): boolean;
  /** Of the slot's rule, now. */
  ownWeight(): number;
  /** What stood in production right before the volumes moved last. */
  readonly oldContent: string;
  readonly swaps: AcceptedSwap[];
  readonly underWay: Set<UnderWay>;
  /** When somebody last changed Azure by hand; Slipway is held to what it could know. */
  readonly handAt: { rules: number; content: number; volumes: number; rescue: number };
}

export function createAzureHistory(azure: MemoryAppService, now: () => number): AzureHistory {
  const weights: Moment<number>[] = [];
  const volumes: Moment<string>[] = [];
  const others: Moment<string>[] = [];
  let seenContent = azure.state.production.content;
  let oldContent = seenContent;

  const history: AzureHistory = {
    look: () => {
      note(weights, history.ownWeight(), now());
      note(others, othersIn(azure.state.rules, azure.slot), now());
      const { volume, content } = azure.state.production;
      if (note(volumes, volume, now())) oldContent = seenContent;
      seenContent = content;
    },
    weightWas: (weight, fromMs, toMs) => was(weights, weight, { fromMs, toMs }),
    volumeWas: (volume, fromMs, toMs) => was(volumes, volume, { fromMs, toMs }),
    othersWere: (rules, fromMs, toMs) => was(others, othersIn(rules, azure.slot), { fromMs, toMs }),
    ownWeight: () => azure.state.rules.find(({ name }) => name === azure.slot)?.weight ?? 0,
    get oldContent() {
      return oldContent;
    },
    swaps: [],
    underWay: new Set(),
    handAt: { rules: 0, content: 0, volumes: 0, rescue: 0 },
  };
  history.look();
  return history;
}

/** As they stand in a list: the same text, the same rules. */
export function othersIn(rules: readonly Rule[], slot: string): string {
  return JSON.stringify(rules.filter(({ name }) => name !== slot));
}

function note<T>(moments: Moment<T>[], value: T, fromMs: number): boolean {
  if (moments.at(-1)?.value === value) return false;
  moments.push({ fromMs, value });
  return true;
}

function was<T>(
  moments: readonly Moment<T>[],
  value: T,
  { fromMs, toMs }: { fromMs: number; toMs: number },
): boolean {
  for (let index = moments.length - 1; index >= 0; index -= 1) {
    const moment = moments[index];
    if (moment === undefined) return false;
    if (moment.fromMs <= toMs && moment.value === value) return true;
    if (moment.fromMs < fromMs) return false;
  }
  return false;
}

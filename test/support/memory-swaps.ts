/** The swaps of one app in memory: accepted at once, done later, answered when they are asked about. */
import { AzureCallError } from '../../src/controller/ports/azure-errors.ts';
import type { SwapProgress } from '../../src/controller/ports/slot-swapper.ts';
import { exchange, type MemoryState } from './memory-slots.ts';

/** What the swap that runs, or else the next one, does instead of succeeding. */
export type MemorySwapOutcome =
  | { readonly kind: 'succeed' }
  | { readonly kind: 'fail'; readonly code: string; readonly message: string }
  /** Ends with 500; from then on both sites report the slot's volume. */
  | { readonly kind: 'half-fail' }
  /** Never ends, until `nextSwap` says something else. */
  | { readonly kind: 'hang' }
  /** Succeeds, but both sites report the slot's volume for `forMs` before. */
  | { readonly kind: 'mixed'; readonly forMs: number }
  /** Succeeds, `forMs` later than usual. */
  | { readonly kind: 'slow'; readonly forMs: number };

interface Operation {
  readonly id: string;
  readonly flipAtMs: number;
  readonly endsAtMs: number;
  flipped: boolean;
  /** `undefined` while it runs. */
  end: { readonly error: AzureCallError | undefined } | undefined;
}

/** Volumes move a little before the operation ends: 58 of 63 seconds in the recording. */
const FLIP_SHARE = 0.92;

export interface Swaps {
  outcome: MemorySwapOutcome;
  /** True while both sites report the slot's volume. */
  mixed: boolean;
  running(): Operation | undefined;
  /** Brings the state up to now. */
  settle(): void;
  /** @throws AzureCallError 409, busy, as App Service answers every write during a swap. */
  requireIdle(): void;
  begin(): string;
  poll(poller: string): SwapProgress;
}

export function createSwaps(
  state: MemoryState,
  { now, swapDurationMs }: { readonly now: () => number; readonly swapDurationMs: number },
): Swaps {
  const operations: Operation[] = [];
  let polls = 0;
  // Like Azure's Location, a poller is another text after every poll; the older ones go on working.
  const pollerOf = ({ id }: Operation): string => JSON.stringify({ operation: id, poll: ++polls });

  const swaps: Swaps = {
    outcome: { kind: 'succeed' },
    mixed: false,
    running: () => operations.find(({ end }) => end === undefined),
    settle: () => {
      const operation = swaps.running();
      if (operation !== undefined) advance({ state, swaps, operation }, now());
    },
    requireIdle: () => {
      const running = swaps.running();
      if (running === undefined) return;
      throw conflict(
        'busy',
        `Cannot modify this site because another operation is in progress. Details: Id: ${running.id}, OperationName: SwapSiteSlots`,
      );
    },
    begin: () => {
      const operation: Operation = {
        id: `operation-${operations.length + 1}`,
        flipAtMs: now() + swapDurationMs * FLIP_SHARE,
        endsAtMs: now() + swapDurationMs,
        flipped: false,
        end: undefined,
      };
      operations.push(operation);
      return pollerOf(operation);
    },
    poll: (poller) => {
      const operation = operations.find(({ id }) => poller.includes(`"${id}"`));
      if (operation === undefined) throw unreadable();
      if (operation.end === undefined) return { kind: 'running', poller: pollerOf(operation) };
      const { error } = operation.end;
      if (error === undefined) return { kind: 'succeeded' };
      if (error.failure === 'unknown') throw error;
      return { kind: 'failed', code: error.code, message: error.message };
    },
  };
  return swaps;
}

function advance(
  { state, swaps, operation }: { state: MemoryState; swaps: Swaps; operation: Operation },
  nowMs: number,
): void {
  const { outcome } = swaps;
  if (outcome.kind === 'hang' || nowMs < operation.flipAtMs) return;
  const laterMs = outcome.kind === 'mixed' || outcome.kind === 'slow' ? outcome.forMs : 0;
  const flipAtMs = operation.flipAtMs + laterMs;
  const failed = outcome.kind === 'fail' || outcome.kind === 'half-fail';
  if (outcome.kind === 'mixed' || outcome.kind === 'half-fail') swaps.mixed = true;
  if (!failed && !operation.flipped && nowMs >= flipAtMs) {
    swaps.mixed = false;
    operation.flipped = true;
    exchange(state, flipAtMs);
  }
  if (nowMs < Math.max(operation.endsAtMs, flipAtMs)) return;
  operation.end = { error: endOf(outcome) };
  swaps.outcome = { kind: 'succeed' };
}

function endOf(outcome: MemorySwapOutcome): AzureCallError | undefined {
  if (outcome.kind === 'fail') {
    const { code, message } = outcome;
    return new AzureCallError(message, { code, failure: 'refused', status: 417 });
  }
  if (outcome.kind !== 'half-fail') return undefined;
  return new AzureCallError('There was an error processing the swap.', {
    code: 'InternalServerError',
    failure: 'unknown',
    status: 500,
  });
}

/** 409, as App Service answers a write that it will not do now, or not at all. */
export function conflict(failure: 'busy' | 'refused', message: string): AzureCallError {
  return new AzureCallError(message, { code: 'Conflict', failure, status: 409 });
}

function unreadable(): AzureCallError {
  return new AzureCallError('the stored poller of a swap cannot be read', {
    code: 'poller-unreadable',
    failure: 'refused',
  });
}

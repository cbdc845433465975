import { AzureCallError } from '../../src/controller/ports/azure-errors.ts';
import type { SiteTags, TagsRead } from '../../src/adapters/app-service/site-tags.ts';
import type { SiteReader, SwapSettings } from '../../src/controller/ports/site-reader.ts';
import type { SlotSwapper, SwapProgress } from '../../src/controller/ports/slot-swapper.ts';
import type { TrafficRouter } from '../../src/controller/ports/traffic-router.ts';
import type { Rule, SiteFacts } from '../../src/release/azure-facts.ts';
import type { Target } from '../../src/release/start-message.ts';

/** One web app with one slot, in memory: the same answers as the adapter gives on App Service. */

export type AppServiceCall =
  | 'readSite'
  | 'readContent'
  | 'readSwapSettings'
  | 'readRules'
  | 'writeRules'
  | 'submitSwap'
  | 'pollSwap'
  | 'readTags'
  | 'mergeTags';

/** One call as it arrived, reads included. */
export interface LoggedCall {
  readonly atMs: number;
  readonly call: AppServiceCall;
  /** `ok`, or the error's code. A write that was done and whose answer was lost has `lost`. */
  readonly outcome: string;
  /** The list that was written. */
  readonly rules?: readonly Rule[];
}

export interface CallFault {
  readonly call: AppServiceCall;
  /** The connection breaks `before` or `after` the call has its effect; or Azure answers this error. */
  readonly how: 'before' | 'after' | AzureCallError;
  /** How many calls it meets, in a row. Default 1. */
  readonly times?: number;
}

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

export interface MemoryAppService {
  readonly reader: SiteReader;
  readonly router: TrafficRouter;
  readonly swapper: SlotSwapper;
  readonly tags: SiteTags;
  readonly target: Target;
  readonly slot: string;
  /** What is true in "Azure" right now, the swaps that are due included. */
  readonly state: MemoryState;
  readonly log: readonly LoggedCall[];
  /** The calls of the log that were meant to change something. */
  writes(): readonly LoggedCall[];
  /** True while a swap runs: Azure refuses every other write meanwhile, by hand as well. */
  isSwapping(): boolean;
  /** Somebody pushes bits: the content changes, the volume does not. */
  deploy(place: 'production' | 'slot', content: string): void;
  /** Somebody else writes the whole list of rules. */
  editRules(rules: readonly Rule[]): void;
  /** Somebody else's swap, done at once. */
  swapByHand(): void;
  failNext(fault: CallFault): void;
  failSwap(code: string, message: string): void;
  nextSwap(outcome: MemorySwapOutcome): void;
}

export interface MemoryAppServiceOptions {
  readonly now: () => number;
  /** From POST to the end of the operation. */
  readonly swapDurationMs: number;
  readonly target?: Target;
  readonly slot?: string;
}

interface Operation {
  readonly id: string;
  readonly flipAtMs: number;
  readonly endsAtMs: number;
  flipped: boolean;
  /** `undefined` while it runs. */
  end: { readonly error: AzureCallError | undefined } | undefined;
}

const SHOP: Target = {
  subscriptionId: '11111111-1111-1111-1111-111111111111',
  resourceGroup: 'rg-shop',
  site: 'shop',
};
/** Volumes move a little before the operation ends: 58 of 63 seconds in the recording. */
const FLIP_SHARE = 0.92;
const WRITES: readonly AppServiceCall[] = ['writeRules', 'submitSwap'];

/** An app `shop` with slot `staging`, both running, without rules, never swapped. */
export function createMemoryAppService(options: MemoryAppServiceOptions): MemoryAppService {
  const { now, target = SHOP, slot = 'staging' } = options;
  const state = newState(target.site, slot);
  const swaps = createSwaps(state, options);
  const calls = createCalls(now);

  /** Every call goes this way: due swaps first, then the fault, the effect, and the log. */
  async function call<T>(name: AppServiceCall, asked: Asked, effect: () => T): Promise<T> {
    return calls.run(name, asked.rules, () => {
      swaps.settle();
      requireSite({ target, slot }, asked);
      return effect();
    });
  }

  return {
    target,
    slot,
    log: calls.log,
    get state() {
      swaps.settle();
      return state;
    },
    reader: {
      readSite: (of, name) =>
        call('readSite', { target: of, slot: name }, () => siteFacts(state, swaps)),
      readContent: (of, name) =>
        call('readContent', { target: of, slot: name }, () => ({
          production: state.production.content,
          slot: state.slot.content,
        })),
      readSwapSettings: (of, name) =>
        call('readSwapSettings', { target: of, slot: name }, () => state.settings),
    },
    router: {
      readRules: (of) => call('readRules', { target: of }, () => state.rules),
      writeRules: (of, rules) =>
        call('writeRules', { target: of, rules }, () => {
          swaps.requireIdle();
          state.rules = structuredClone(rules);
        }),
    },
    swapper: {
      submitSwap: (of, name) =>
        call('submitSwap', { target: of, slot: name }, () => {
          swaps.requireIdle();
          requireNoPreview(state);
          return { poller: swaps.begin() };
        }),
      pollSwap: (poller) => call('pollSwap', {}, () => swaps.poll(poller)),
    },
    tags: {
      read: (of) => call('readTags', { target: of }, () => tagsRead(state, now())),
      merge: (of, tags) =>
        call('mergeTags', { target: of }, () => {
          state.tags = { ...state.tags, ...tags };
          return tagsRead(state, now());
        }),
    },
    writes: () => calls.log.filter((entry) => WRITES.includes(entry.call)),
    isSwapping: () => {
      swaps.settle();
      return swaps.running() !== undefined;
    },
    deploy: (place, content) => {
      swaps.settle();
      state[place].content = content;
    },
    editRules: (rules) => {
      state.rules = structuredClone(rules);
    },
    swapByHand: () => {
      swaps.settle();
      swaps.mixed = false;
      exchange(state, now());
    },
    failNext: (fault) => calls.faults.push({ fault, left: fault.times ?? 1 }),
    failSwap: (code, message) => {
      swaps.outcome = { kind: 'fail', code, message };
    },
    nextSwap: (outcome) => {
      swaps.outcome = outcome;
    },
  };
}

/** What a call names, and what it wants to write. */
interface Asked {
  readonly target?: Target;
  readonly slot?: string;
  readonly rules?: readonly Rule[];
}

function newState(site: string, slot: string): MemoryState {
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

interface Calls {
  readonly log: LoggedCall[];
  readonly faults: { readonly fault: CallFault; left: number }[];
  run<T>(name: AppServiceCall, rules: readonly Rule[] | undefined, effect: () => T): T;
}

function createCalls(now: () => number): Calls {
  const calls: Calls = {
    log: [],
    faults: [],
    run: (name, rules, effect) => {
      const how = takeFault(calls.faults, name);
      const written = rules === undefined ? {} : { rules: structuredClone(rules) };
      const log = (outcome: string): void => {
        calls.log.push({ atMs: now(), call: name, outcome, ...written });
      };
      try {
        if (how === 'before') throw connectionReset(name);
        if (how instanceof AzureCallError) throw how;
        const result = effect();
        log(how === 'after' ? 'lost' : 'ok');
        if (how !== 'after') return result;
      } catch (error) {
        log(error instanceof AzureCallError ? error.code : String(error));
        throw error;
      }
      throw connectionReset(name);
    },
  };
  return calls;
}

function takeFault(faults: Calls['faults'], name: AppServiceCall): CallFault['how'] | undefined {
  const due = faults.find(({ fault, left }) => fault.call === name && left > 0);
  if (due === undefined) return undefined;
  due.left -= 1;
  return due.fault.how;
}

interface Swaps {
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

function createSwaps(state: MemoryState, options: MemoryAppServiceOptions): Swaps {
  const { now, swapDurationMs } = options;
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

/** Volume and content move; rules, hosts and states stay (azure.md 1.4). */
function exchange(state: MemoryState, atMs: number): void {
  const { production, slot } = state;
  [production.volume, slot.volume] = [slot.volume, production.volume];
  [production.content, slot.content] = [slot.content, production.content];
  state.swappedAtMs = atMs;
}

function siteFacts(state: MemoryState, swaps: Swaps): SiteFacts {
  const { production, slot, swappedAtMs } = state;
  const operationInProgress = swaps.running()?.id;
  const facts = ({ state: running, host, targetSwapSlot }: MemorySlot) => ({
    state: running,
    host,
    targetSwapSlot,
    operationInProgress,
  });
  return {
    volumes: {
      production: swaps.mixed ? slot.volume : production.volume,
      slot: slot.volume,
      swappedAt: swappedAtMs === undefined ? undefined : new Date(swappedAtMs).toISOString(),
    },
    production: facts(production),
    slot: facts(slot),
    rescueTag: state.tags['slipway-rescue'],
  };
}

/** The Date header has whole seconds. */
function tagsRead({ tags }: MemoryState, nowMs: number): TagsRead {
  return { tags, azureTime: Math.floor(nowMs / 1_000) * 1_000 };
}

/** ARM compares names without case. */
function requireSite(own: { target: Target; slot: string }, asked: Asked): void {
  const key = ({ target, slot }: { target: Target; slot: string }): string =>
    [target.subscriptionId, target.resourceGroup, target.site, slot].join('/').toLowerCase();
  const wanted = key({ target: asked.target ?? own.target, slot: asked.slot ?? own.slot });
  if (wanted === key(own)) return;
  throw new AzureCallError(`The Resource 'Microsoft.Web/sites/${wanted}' was not found.`, {
    code: 'ResourceNotFound',
    failure: 'refused',
    status: 404,
  });
}

function requireNoPreview({ production, slot }: MemoryState): void {
  if (production.targetSwapSlot === undefined && slot.targetSwapSlot === undefined) return;
  throw conflict(
    'refused',
    'The slot cannot be changed because its configuration settings have been prepared for swap.',
  );
}

function conflict(failure: 'busy' | 'refused', message: string): AzureCallError {
  return new AzureCallError(message, { code: 'Conflict', failure, status: 409 });
}

function connectionReset(name: AppServiceCall): AzureCallError {
  return new AzureCallError(`could not ${name}, Azure gave no answer: read ECONNRESET`, {
    code: 'ECONNRESET',
    failure: 'unknown',
  });
}

function unreadable(): AzureCallError {
  return new AzureCallError('the stored poller of a swap cannot be read', {
    code: 'poller-unreadable',
    failure: 'refused',
  });
}

import { AzureCallError } from '../../src/controller/ports/azure-errors.ts';
import type { SiteTags, TagsRead } from '../../src/adapters/app-service/site-tags.ts';
import type { SiteReader } from '../../src/controller/ports/site-reader.ts';
import type { SlotSwapper } from '../../src/controller/ports/slot-swapper.ts';
import type { TrafficRouter } from '../../src/controller/ports/traffic-router.ts';
import type { Rule, SiteFacts } from '../../src/release/azure-facts.ts';
import type { Target } from '../../src/release/start-message.ts';
import {
  type AppServiceCall,
  type CallFault,
  createCallLog,
  type LoggedCall,
} from './memory-call-log.ts';
import { exchange, type MemorySlot, type MemoryState, newState } from './memory-slots.ts';
import { conflict, createSwaps, type MemorySwapOutcome, type Swaps } from './memory-swaps.ts';

/** One web app with one slot, in memory: the same answers as the adapter gives on App Service. */

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

const SHOP: Target = {
  subscriptionId: '11111111-1111-1111-1111-111111111111',
  resourceGroup: 'rg-shop',
  site: 'shop',
};
const WRITES: readonly AppServiceCall[] = ['writeRules', 'submitSwap'];

/** An app `shop` with slot `staging`, both running, without rules, never swapped. */
export function createMemoryAppService(options: MemoryAppServiceOptions): MemoryAppService {
  const { now, target = SHOP, slot = 'staging' } = options;
  const state = newState(target.site, slot);
  const swaps = createSwaps(state, options);
  const calls = createCallLog(now);

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

import { randomUUID } from 'node:crypto';
import { request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { noPingFacts, operationInProgress, preparedForSwap, siteErrorBody } from './errors.ts';
import type { SiteErrorFacts } from './errors.ts';
import type { ChangeLog } from './change-log.ts';
import { SWAPPED_PROPERTIES } from './site-config.ts';
import { findSlot, newEtag, runningOperation } from './state.ts';
import type { SiteState, SlotState, StateStore, SwapOperation } from './state.ts';
import { nowMs } from './system.ts';
import { PRODUCTION } from './types.ts';
import type { Log, SwapOutcome } from './types.ts';
import type { Workers } from './workers.ts';

/** Swaps as App Service does them: started by a POST, finished later, seen in the volumes. */
export interface Swaps {
  /** @throws ArmAnswerError 409 while another swap runs, or a preview is pending on either slot. */
  begin(site: SiteState, source: SlotState, target: SlotState): SwapOperation;
  /** What the next swap does; without it swaps succeed. */
  next(outcome: SwapOutcome): void;
  /** Lets a hanging swap of this site go on and succeed. */
  release(site: SiteState): void;
  /** Takes up the swaps that were running when the state was written. */
  resume(): void;
  stop(): Promise<void>;
}

export interface SwapsOptions {
  readonly store: StateStore;
  readonly workers: Workers;
  /** From POST to the end of the operation, as it really passes here. */
  readonly durationMs: number;
  readonly changes: ChangeLog;
  readonly log: Log;
}

/** Volumes move a little before the operation ends: 58 of 63 seconds in the recording. */
const FLIP_SHARE = 0.92;
const OPERATIONS_KEPT = 20;
const PINGS_MOST = 5;
const PING_TIMEOUT_MS = 5000;

export function createSwaps(options: SwapsOptions): Swaps {
  const runner = new SwapRunner(options);
  return {
    begin: (site, source, target) => runner.begin(site, { source, target }),
    next: (outcome) => {
      runner.planned = outcome;
    },
    release: (site) => runner.release(site),
    resume: () => runner.resume(),
    stop: () => runner.stop(),
  };
}

interface Pair {
  readonly source: SlotState;
  readonly target: SlotState;
}

class SwapRunner {
  planned: SwapOutcome | undefined;
  readonly #options: SwapsOptions;
  readonly #stopping = new AbortController();
  readonly #running = new Map<string, Promise<void>>();

  constructor(options: SwapsOptions) {
    this.#options = options;
  }

  begin(site: SiteState, pair: Pair): SwapOperation {
    const other = runningOperation(site);
    if (other !== undefined) throw operationInProgress(other);
    if (pair.source.targetSwapSlot !== null || pair.target.targetSwapSlot !== null) {
      throw preparedForSwap();
    }
    const createdMs = nowMs();
    const operation: SwapOperation = {
      id: randomUUID(),
      source: pair.source.name,
      target: pair.target.name,
      createdMs,
      flipAtMs: createdMs + this.#options.durationMs * FLIP_SHARE,
      endsAtMs: createdMs + this.#options.durationMs,
      flipped: false,
      outcome: wholeOutcome(this.planned, site, warmedSlot(pair)),
      status: 'running',
      error: null,
    };
    this.planned = undefined;
    site.operations = [...site.operations.slice(1 - OPERATIONS_KEPT), operation];
    this.#options.store.changed();
    this.#options.log(`swap of ${site.name}: ${pair.source.name} -> ${pair.target.name} started`);
    this.#follow(site, operation);
    return operation;
  }

  release(site: SiteState): void {
    const operation = runningOperation(site);
    if (operation?.outcome.kind !== 'hang') return;
    operation.outcome = { kind: 'succeed' };
    if (!this.#running.has(operation.id)) this.#follow(site, operation);
  }

  resume(): void {
    for (const site of this.#options.store.sites) {
      const operation = runningOperation(site);
      if (operation !== undefined) this.#follow(site, operation);
    }
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.allSettled(this.#running.values());
  }

  #follow(site: SiteState, operation: SwapOperation): void {
    const run = this.#run(site, operation).catch((error: unknown) => {
      if (!this.#stopping.signal.aborted)
        this.#options.log(`swap of ${site.name}: ${String(error)}`);
    });
    this.#running.set(operation.id, run);
    void run.finally(() => this.#running.delete(operation.id));
  }

  async #run(site: SiteState, operation: SwapOperation): Promise<void> {
    const source = findSlot(site, operation.source);
    const target = findSlot(site, operation.target);
    if (source === undefined || target === undefined) return;
    const pair = { source, target };
    if (!operation.flipped) {
      const warm = await this.#warmUp(site, warmedSlot(pair), operation.flipAtMs);
      await this.#until(operation.flipAtMs);
      if (operation.outcome.kind === 'hang') return;
      const failure = warm
        ? plannedFailure(site, operation)
        : noPingFacts(site.name, warmedSlot(pair).name);
      if (operation.outcome.kind === 'half-fail') reportMixed(pair);
      if (failure !== undefined) return this.#fail(site, operation, failure);
      await this.#showMixed(pair, operation);
      this.#exchange(site, pair, operation);
    }
    await this.#until(operation.endsAtMs);
    this.#finish(site, operation, 'succeeded');
  }

  async #showMixed({ source, target }: Pair, { outcome }: SwapOperation): Promise<void> {
    if (outcome.kind !== 'mixed') return;
    reportMixed({ source, target });
    this.#options.store.changed();
    await this.#until(nowMs() + outcome.forMs);
  }

  async #fail(site: SiteState, operation: SwapOperation, facts: SiteErrorFacts): Promise<void> {
    this.#options.store.changed();
    await this.#until(operation.endsAtMs);
    operation.error = { status: facts.status, body: siteErrorBody(facts) };
    this.#finish(site, operation, 'failed');
  }

  #finish(site: SiteState, operation: SwapOperation, status: 'succeeded' | 'failed'): void {
    operation.status = status;
    this.#options.store.changed();
    this.#options.changes.note({ kind: 'swap-ended', site: site.name, status });
    this.#options.log(`swap of ${site.name}: ${operation.source} -> ${operation.target} ${status}`);
  }

  /** Rules (`experiments`) stay on production and go on naming the slot (azure.md 1.4). */
  #exchange(site: SiteState, pair: Pair, operation: SwapOperation): void {
    const { source, target } = pair;
    [source.volume, target.volume] = [target.volume, source.volume];
    exchangeSettings(site, pair);
    exchangeStack(pair);
    const status = {
      timestampUtc: new Date(nowMs()).toISOString(),
      sourceSlotName: shownName(source),
      destinationSlotName: shownName(target),
    };
    for (const slot of [source, target]) {
      slot.slotSwapStatus = status;
      slot.reportedDeploymentId = null;
      slot.etag = newEtag();
      slot.modifiedMs = nowMs();
      // Only settings that stayed behind make a difference, and then the process starts again.
      this.#options.workers.ensure(site, slot.volume).catch((error: unknown) => {
        this.#options.log(`${site.name}/${slot.name} after the swap: ${String(error)}`);
      });
    }
    operation.flipped = true;
    this.#options.store.changed();
    const production = findSlot(site, PRODUCTION)?.volume.content ?? null;
    this.#options.changes.note({ kind: 'volumes-moved', site: site.name, production });
  }

  /** The slot's first page on its own host, so that its telemetry is told apart from visitors'. */
  async #warmUp(site: SiteState, slot: SlotState, untilMs: number): Promise<boolean> {
    for (let ping = 1; ping <= PINGS_MOST; ping += 1) {
      const port = this.#options.workers.port(site, slot.volume);
      if (port !== undefined && (await answersPing(port, slot.hostName))) return true;
      await this.#until(nowMs() + (untilMs - nowMs()) / (PINGS_MOST + 1 - ping));
    }
    return false;
  }

  async #until(atMs: number): Promise<void> {
    await delay(Math.max(0, atMs - nowMs()), undefined, { signal: this.#stopping.signal });
  }
}

/** The slot that becomes production is the one that must be warm, whichever way the swap is asked. */
function warmedSlot({ source, target }: Pair): SlotState {
  return source.name === PRODUCTION ? target : source;
}

function reportMixed({ source, target }: Pair): void {
  const arriving = warmedSlot({ source, target });
  const other = arriving === source ? target : source;
  other.reportedDeploymentId = arriving.volume.deploymentId;
}

function wholeOutcome(
  planned: SwapOutcome | undefined,
  site: SiteState,
  warmed: SlotState,
): SwapOperation['outcome'] {
  if (planned === undefined) return { kind: 'succeed' };
  if (planned.kind !== 'fail') return planned;
  const { status, code, message } = noPingFacts(site.name, warmed.name);
  return { status, code, message, ...planned };
}

function plannedFailure(site: SiteState, { outcome }: SwapOperation): SiteErrorFacts | undefined {
  if (outcome.kind === 'fail') return outcome;
  if (outcome.kind !== 'half-fail') return undefined;
  return {
    status: 500,
    code: 'InternalServerError',
    message: `There was an error processing the swap of site '${site.name}'.`,
  };
}

function exchangeSettings(site: SiteState, { source, target }: Pair): void {
  [source.appSettings, target.appSettings] = exchanged(
    [source.appSettings, target.appSettings],
    site.stickySettings,
  );
  [source.connectionStrings, target.connectionStrings] = exchanged(
    [source.connectionStrings, target.connectionStrings],
    site.stickyStrings,
  );
}

function exchanged<T>(
  [source, target]: readonly [Record<string, T>, Record<string, T>],
  stickyNames: readonly string[],
): [Record<string, T>, Record<string, T>] {
  const split = (settings: Record<string, T>, sticky: boolean): Record<string, T> =>
    Object.fromEntries(
      Object.entries(settings).filter(([name]) => stickyNames.includes(name) === sticky),
    );
  return [
    { ...split(target, false), ...split(source, true) },
    { ...split(source, false), ...split(target, true) },
  ];
}

function exchangeStack({ source, target }: Pair): void {
  const isStack = (name: string): boolean => SWAPPED_PROPERTIES.includes(name);
  const split = (slot: SlotState, stack: boolean): Record<string, unknown> =>
    Object.fromEntries(Object.entries(slot.web).filter(([name]) => isStack(name) === stack));
  const [fromSource, fromTarget] = [split(source, true), split(target, true)];
  source.web = { ...split(source, false), ...fromTarget };
  target.web = { ...split(target, false), ...fromSource };
}

function shownName(slot: SlotState): string {
  return slot.name === PRODUCTION ? 'Production' : slot.name;
}

/** Any status will do (WEBSITE_SWAP_WARMUP_PING_STATUSES is unset). */
function answersPing(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const ping = request({
      port,
      host: '127.0.0.1',
      path: '/',
      headers: { host, 'user-agent': 'SiteWarmup' },
      timeout: PING_TIMEOUT_MS,
      agent: false,
    });
    ping.on('response', (answer) => {
      answer.resume();
      resolve(true);
    });
    ping.on('timeout', () => ping.destroy());
    ping.on('error', () => resolve(false));
    ping.end();
  });
}

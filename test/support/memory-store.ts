// In-memory twins of every port of the store, with the same conflicts. They pass the same contract
// suites as the adapters (test/contract/store.test.ts).
import type { AuditReader } from '../../src/controller/ports/audit-reader.ts';
import type { AuditScanner } from '../../src/controller/ports/audit-scanner.ts';
import type { Catalog, CatalogEntry } from '../../src/controller/ports/catalog.ts';
import type { Clock } from '../../src/controller/ports/clock.ts';
import type { DueEntry, DueTable } from '../../src/controller/ports/due-table.ts';
import type { PoisonBox, PoisonRecord } from '../../src/controller/ports/poison-box.ts';
import type {
  Change,
  Creation,
  LoadedApp,
  ReleaseStore,
  StartRecord,
} from '../../src/controller/ports/release-store.ts';
import {
  BadContinuationError,
  ConflictError,
  StoreUnavailableError,
} from '../../src/controller/ports/store-errors.ts';
import type { TickQueue } from '../../src/controller/ports/tick-queue.ts';
import { BINS_PER_ROW } from '../../src/adapters/store/bin-rows.ts';
import { fromJsonText, toJsonText } from '../../src/adapters/store/json-text.ts';
import type { Bin } from '../../src/judge/types.ts';
import type { AuditRow } from '../../src/release/audit.ts';
import type { Plan } from '../../src/release/plan.ts';
import type { AppRecord, Release } from '../../src/release/release.ts';

import { createMemoryAppRegistry, type MemoryAppRegistry } from './memory-app-registry.ts';

/** A tick message as it was sent. */
export interface SentTick {
  readonly releaseId: string;
  readonly delayMs: number;
  /** When the queue would show it. */
  readonly visibleAt: number;
}

/** `before`: nothing is applied. `after`: applied, but the answer is lost. */
export type Fault = 'before' | 'after';

/** Methods that change or read the store, for faults that shall meet one of them. */
export type StoreMethod =
  | `releaseStore.${keyof ReleaseStore}`
  | `auditReader.${keyof AuditReader}`
  | `auditScanner.${keyof AuditScanner}`
  | `catalog.${keyof Catalog}`
  | `dueTable.${keyof DueTable}`
  | `poisonBox.${keyof PoisonBox}`
  | `tickQueue.${keyof TickQueue}`;

export interface MemoryStore {
  readonly releaseStore: ReleaseStore;
  readonly appRegistry: MemoryAppRegistry;
  readonly auditReader: AuditReader;
  readonly auditScanner: AuditScanner;
  readonly catalog: Catalog;
  readonly dueTable: DueTable;
  readonly poisonBox: PoisonBox;
  readonly tickQueue: TickQueue;
  readonly clock: Clock;

  /** The next call (of `method`, if given) throws StoreUnavailableError. Faults queue up. */
  failNext(fault: Fault, method?: StoreMethod): void;
  /** Every call fails until `up()`: storage is down. */
  down(): void;
  up(): void;
  /** Runs right before the next commit is applied: for a writer that comes in between. */
  beforeNextCommit(action: () => Promise<void>): void;

  auditOf(releaseId: string): readonly AuditRow[];
  releases(): readonly Release[];
  release(releaseId: string): Release | undefined;
  binsOf(releaseId: string): readonly Bin[];
  app(appKey: string): AppRecord | undefined;
  dueEntries(): readonly DueEntry[];
  ticks(): readonly SentTick[];
  /** Takes everything that was sent so far, whatever its delay. */
  takeTicks(): readonly SentTick[];
  /** Takes what is visible now, as the queue trigger would. */
  takeVisibleTicks(): readonly SentTick[];
  /** Changes a stored audit row behind the store's back, for checks of the chain. */
  tamper(releaseId: string, sequence: number, change: Partial<AuditRow>): void;
  /** Calls so far, in order. */
  calls(): readonly StoreMethod[];
}

interface ReleaseRows {
  release: Release;
  readonly plan: Plan;
  bins: readonly Bin[];
  readonly audit: Map<number, AuditRow>;
  etag: string;
}

const DELAY_MAX_MS = 7 * 24 * 3_600_000;

class State {
  readonly releases = new Map<string, ReleaseRows>();
  readonly apps = new Map<string, LoadedApp>();
  readonly starts = new Map<string, StartRecord>();
  readonly catalog = new Map<string, CatalogEntry>();
  readonly due = new Map<string, DueEntry>();
  readonly poison = new Map<string, PoisonRecord>();
  ticks: SentTick[] = [];
  #writes = 0;

  nextEtag(): string {
    this.#writes += 1;
    return `etag-${this.#writes}`;
  }
}

/** What the store gives back went through JSON, as in the real one: nothing is shared with callers. */
function copy<T extends object>(value: T): T {
  return fromJsonText(toJsonText(value), 'a copy') as T;
}

/** @param options.now The store's time in milliseconds; the fake clock gives it as it is. */
export function createMemoryStore(options: { readonly now: () => number }): MemoryStore {
  const state = new State();
  const faults = new Faults();
  let intruder: (() => Promise<void>) | undefined;

  const releaseStore: ReleaseStore = {
    load: (releaseId) =>
      faults.around('releaseStore.load', () => {
        const rows = state.releases.get(releaseId);
        if (rows === undefined) return undefined;
        const { release, plan, bins, etag } = rows;
        return copy({ release, plan, bins, etag });
      }),
    loadApp: (appKey) =>
      faults.around('releaseStore.loadApp', () => {
        const app = state.apps.get(appKey);
        return app && copy(app);
      }),
    findStart: (appKey, keyHash) =>
      faults.around('releaseStore.findStart', () => {
        const start = state.starts.get(`${appKey}/${keyHash}`);
        return start && copy(start);
      }),
    create: (creation) => faults.around('releaseStore.create', () => create(state, creation)),
    commit: async (change) => {
      const action = intruder;
      intruder = undefined;
      await action?.();
      return faults.around('releaseStore.commit', () => commit(state, change));
    },
  };

  return {
    releaseStore,
    appRegistry: createMemoryAppRegistry(() => faults.isDown),
    auditReader: {
      readAudit: (releaseId, { from, max }) =>
        faults.around('auditReader.readAudit', () =>
          auditOf(state, releaseId)
            .filter((row) => row.sequence >= from)
            .slice(0, Math.min(max, 1_000)),
        ),
    },
    auditScanner: memoryScanner(state, faults),
    catalog: memoryCatalog(state, faults),
    dueTable: memoryDueTable(state, faults),
    poisonBox: memoryPoisonBox(state, faults),
    tickQueue: {
      send: (releaseId, delayMs) =>
        faults.around('tickQueue.send', () => {
          if (!(delayMs >= 0 && delayMs <= DELAY_MAX_MS)) {
            throw new StoreUnavailableError(`A delay of ${delayMs} ms: 0 to 7 days only`);
          }
          state.ticks.push({ releaseId, delayMs, visibleAt: options.now() + delayMs });
        }),
    },
    clock: memoryClock(options.now),

    failNext: (fault, method) => faults.add(fault, method),
    down: () => faults.setDown(true),
    up: () => faults.setDown(false),
    beforeNextCommit: (action) => {
      intruder = action;
    },
    auditOf: (releaseId) => auditOf(state, releaseId),
    releases: () => [...state.releases.values()].map(({ release }) => copy(release)),
    release: (releaseId) => {
      const rows = state.releases.get(releaseId);
      return rows && copy(rows.release);
    },
    binsOf: (releaseId) => copy([...(state.releases.get(releaseId)?.bins ?? [])]),
    app: (appKey) => {
      const app = state.apps.get(appKey);
      return app && copy(app.app);
    },
    dueEntries: () => [...state.due.values()].sort((one, other) => one.at - other.at),
    ticks: () => [...state.ticks],
    takeTicks: () => {
      const { ticks } = state;
      state.ticks = [];
      return ticks;
    },
    takeVisibleTicks: () => {
      const nowMs = options.now();
      const visible = state.ticks.filter(({ visibleAt }) => visibleAt <= nowMs);
      state.ticks = state.ticks.filter(({ visibleAt }) => visibleAt > nowMs);
      return visible;
    },
    tamper: (releaseId, sequence, change) => {
      const audit = state.releases.get(releaseId)?.audit;
      const row = audit?.get(sequence);
      if (row === undefined) throw new Error(`No audit row ${sequence} of ${releaseId}`);
      audit?.set(sequence, { ...row, ...change });
    },
    calls: () => [...faults.calls],
  };
}

class Faults {
  readonly calls: StoreMethod[] = [];
  readonly #queue: { fault: Fault; method: StoreMethod | undefined }[] = [];
  #down = false;

  get isDown(): boolean {
    return this.#down;
  }

  add(fault: Fault, method: StoreMethod | undefined): void {
    this.#queue.push({ fault, method });
  }

  setDown(down: boolean): void {
    this.#down = down;
  }

  /** Runs one call; a fault of kind `after` loses the answer, an error included. */
  async around<T>(method: StoreMethod, call: () => T): Promise<T> {
    this.calls.push(method);
    // As over a network: what the caller does next happens before the answer.
    await Promise.resolve();
    const fault = this.#down ? 'before' : this.#take(method);
    if (fault === 'before') throw new StoreUnavailableError(`${method} failed on purpose`);
    if (fault === undefined) return call();
    try {
      call();
    } catch (cause) {
      throw new StoreUnavailableError(`${method} lost its answer on purpose`, { cause });
    }
    throw new StoreUnavailableError(`${method} lost its answer on purpose`);
  }

  #take(method: StoreMethod): Fault | undefined {
    const index = this.#queue.findIndex((entry) => (entry.method ?? method) === method);
    return index === -1 ? undefined : this.#queue.splice(index, 1)[0]?.fault;
  }
}

function create(state: State, creation: Creation): void {
  const { release, plan, audit, start, app } = copy(creation);
  const startKey = `${release.appKey}/${start.keyHash}`;
  const rows = state.releases.get(release.id);
  if (rows !== undefined && isStored(rows, audit)) return;
  const appEtag = state.apps.get(release.appKey)?.etag;
  const appMovedOn = app !== undefined && appEtag !== app.etag;
  if (rows !== undefined || appMovedOn || state.starts.has(startKey)) {
    throw new ConflictError(`Release ${release.id} was not created: app or start is taken`);
  }
  state.releases.set(release.id, {
    release,
    plan,
    bins: [],
    audit: new Map(audit.map((row) => [row.sequence, row])),
    etag: state.nextEtag(),
  });
  state.starts.set(startKey, start);
  if (app !== undefined) {
    state.apps.set(release.appKey, { app: app.record, etag: state.nextEtag() });
  }
}

function commit(state: State, change: Change): string {
  const { release, etag, audit, bins, app } = copy(change);
  checkLimits(change);
  const rows = state.releases.get(release.id);
  const appMovedOn = app !== undefined && state.apps.get(release.appKey)?.etag !== app.etag;
  const auditTaken = audit.some((row) => rows?.audit.has(row.sequence) === true);
  if (rows?.etag !== etag || appMovedOn || auditTaken) {
    if (rows === undefined || !isStored(rows, audit)) {
      throw new ConflictError(`Release ${release.id} has moved on`);
    }
    // Our own write. When somebody has written since, the stale etag makes the next commit read again.
    return toJsonText(rows.release) === toJsonText(release) ? rows.etag : etag;
  }
  rows.release = release;
  if (bins !== undefined) {
    rows.bins = [...rows.bins.slice(0, bins.firstNew), ...bins.all.slice(bins.firstNew)];
  }
  for (const row of audit) rows.audit.set(row.sequence, row);
  rows.etag = state.nextEtag();
  if (app !== undefined) {
    state.apps.set(release.appKey, { app: app.record, etag: state.nextEtag() });
  }
  return rows.etag;
}

/** The same refusals as the adapter: a fake that takes more would hide a mistake. */
function checkLimits({ bins, audit, app }: Change): void {
  if (bins?.all.some((bin) => !bin.final) === true) {
    throw new StoreUnavailableError('only final bins are stored');
  }
  const firstChunk = Math.floor((bins?.firstNew ?? 0) / BINS_PER_ROW);
  const chunks = Math.max(0, Math.ceil((bins?.all.length ?? 0) / BINS_PER_ROW) - firstChunk);
  const rows = 1 + chunks + audit.length + (app === undefined ? 0 : 1);
  if (rows > 100) throw new StoreUnavailableError(`${rows} rows; one transaction takes 100`);
}

function isStored(rows: ReleaseRows, audit: readonly AuditRow[]): boolean {
  return audit.length > 0 && audit.every((row) => rows.audit.get(row.sequence)?.hash === row.hash);
}

function auditOf(state: State, releaseId: string): readonly AuditRow[] {
  const rows = state.releases.get(releaseId)?.audit.values() ?? [];
  return [...rows].sort((one, other) => one.sequence - other.sequence).map((row) => copy(row));
}

/** There are no columns here that could be edited: only rows. */
function memoryScanner(state: State, faults: Faults): AuditScanner {
  return {
    scanRelease: (releaseId) =>
      faults.around('auditScanner.scanRelease', () => {
        const release = state.releases.get(releaseId)?.release;
        if (release === undefined) return undefined;
        const chain = { sequence: release.sequence, head: release.chainHead };
        return { chain, problem: undefined };
      }),
    scanRows: async function* (releaseId) {
      const read = (): readonly AuditRow[] => auditOf(state, releaseId);
      for (const row of await faults.around('auditScanner.scanRows', read)) {
        yield { row, problem: undefined };
      }
    },
  };
}

function memoryCatalog(state: State, faults: Faults): Catalog {
  return {
    put: (entry) =>
      faults.around('catalog.put', () => {
        state.catalog.set(entry.releaseId, copy(entry));
      }),
    list: (query) =>
      faults.around('catalog.list', () => {
        const max = Math.min(Math.max(1, query.max), 50);
        const all = [...state.catalog.values()]
          .filter(({ appKey }) => query.appKey === undefined || appKey === query.appKey)
          .filter(({ phase }) => query.phase === undefined || phase === query.phase)
          .filter(({ keyHash }) => query.keyHash === undefined || keyHash === query.keyHash)
          .sort(newestFirst);
        const after = query.continuation === undefined ? undefined : sortKeyOf(query.continuation);
        const rest = all.filter((entry) => after === undefined || sortKey(entry) > after);
        const entries = rest.slice(0, max).map((entry) => ({ ...entry }));
        const last = entries.at(-1);
        const more = rest.length > max && last !== undefined;
        return { entries, continuation: more ? `after:${sortKey(last)}` : undefined };
      }),
  };
}

function sortKey(entry: CatalogEntry): string {
  const inverted = String(Number.MAX_SAFE_INTEGER - entry.createdAt).padStart(16, '0');
  return `${inverted}-${entry.releaseId}`;
}

function newestFirst(one: CatalogEntry, other: CatalogEntry): number {
  return sortKey(one) < sortKey(other) ? -1 : 1;
}

function sortKeyOf(continuation: string): string {
  const [prefix, key] = continuation.split('after:');
  if (prefix !== '' || key === undefined) throw new BadContinuationError();
  return key;
}

function memoryDueTable(state: State, faults: Faults): DueTable {
  return {
    put: (entry) =>
      faults.around('dueTable.put', () => {
        const since = state.due.get(entry.releaseId)?.since ?? entry.since;
        state.due.set(entry.releaseId, { ...entry, since });
      }),
    due: (now, max) =>
      faults.around('dueTable.due', () =>
        [...state.due.values()]
          .filter(({ at }) => at <= now)
          .sort((one, other) => one.at - other.at)
          .slice(0, max)
          .map((entry) => ({ ...entry })),
      ),
    remove: (releaseId) =>
      faults.around('dueTable.remove', () => {
        state.due.delete(releaseId);
      }),
  };
}

function memoryPoisonBox(state: State, faults: Faults): PoisonBox {
  return {
    record: (record) =>
      faults.around('poisonBox.record', () => {
        if (!state.poison.has(record.id)) state.poison.set(record.id, { ...record });
      }),
    list: (max) =>
      faults.around('poisonBox.list', () =>
        [...state.poison.values()]
          .sort((one, other) => other.at - one.at)
          .slice(0, Math.min(max, 100))
          .map((record) => ({ ...record })),
      ),
  };
}

function memoryClock(now: () => number): Clock {
  let newest = -Infinity;
  return {
    now: () => {
      newest = Math.max(newest, now());
      return newest;
    },
    skewMs: () => 0,
  };
}

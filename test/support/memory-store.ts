// In-memory twins of every port of the store, with the same conflicts. They pass the same contract
// suites as the adapters (test/contract/store.test.ts).
import type { AuditReader } from '../../src/controller/ports/audit-reader.ts';
import type { AuditScanner } from '../../src/controller/ports/audit-scanner.ts';
import type { Catalog } from '../../src/controller/ports/catalog.ts';
import type { Clock } from '../../src/controller/ports/clock.ts';
import type { DueEntry, DueTable } from '../../src/controller/ports/due-table.ts';
import type { PoisonBox } from '../../src/controller/ports/poison-box.ts';
import type { ReleaseStore } from '../../src/controller/ports/release-store.ts';
import { StoreUnavailableError } from '../../src/controller/ports/store-errors.ts';
import type { TickQueue } from '../../src/controller/ports/tick-queue.ts';
import type { Bin } from '../../src/judge/types.ts';
import type { AuditRow } from '../../src/release/audit.ts';
import type { AppRecord, Release } from '../../src/release/release.ts';
import { createMemoryAppRegistry, type MemoryAppRegistry } from './memory-app-registry.ts';
import { type Fault, Faults, type StoreMethod } from './memory-store-faults.ts';
import { memoryCatalog, memoryDueTable, memoryPoisonBox } from './memory-store-hints.ts';
import { auditOf, copy, type SentTick, State } from './memory-store-rows.ts';
import { commit, create } from './memory-store-writes.ts';

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

const DELAY_MAX_MS = 7 * 24 * 3_600_000;

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

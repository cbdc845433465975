// The in-memory twin of the app registry, with the same conflicts: it passes the same contract suite.
import type {
  AppRegistry,
  Registry,
  RegistryChange,
} from '../../src/controller/ports/app-registry.ts';
import { ConflictError, StoreUnavailableError } from '../../src/controller/ports/store-errors.ts';
import type { AuditRow } from '../../src/release/audit.ts';
import { CHAIN_START } from '../../src/release/chain.ts';

export interface MemoryAppRegistry extends AppRegistry {
  /** The next call throws: nothing is applied (`before`), or it is and the answer is lost (`after`). */
  failNext(fault: 'before' | 'after'): void;
  /** Runs right before the next commit is applied: for a writer that comes in between. */
  beforeNextCommit(action: () => Promise<void>): void;
}

/** @param isDown Storage does not answer. */
export function createMemoryAppRegistry(isDown: () => boolean = () => false): MemoryAppRegistry {
  let state: Registry = {
    apps: [],
    head: { sequence: 0, chainHead: CHAIN_START },
    etag: undefined,
  };
  let audit: readonly AuditRow[] = [];
  let fault: 'before' | 'after' | undefined;
  let intruder: (() => Promise<void>) | undefined;

  async function around<T>(call: () => T): Promise<T> {
    await Promise.resolve();
    const now = isDown() ? 'before' : fault;
    fault = undefined;
    const failure = (): never => {
      throw new StoreUnavailableError('the app registry failed on purpose');
    };
    if (now === 'before') return failure();
    const result = call();
    return now === undefined ? structuredClone(result) : failure();
  }

  function commit(change: RegistryChange): void {
    const first = change.audit[0]?.sequence ?? 0;
    const stored = audit.slice(first - 1, first - 1 + change.audit.length);
    if (change.etag !== state.etag) {
      const ours = change.audit.every((row, index) => stored[index]?.hash === row.hash);
      if (ours && change.audit.length > 0) return;
      throw new ConflictError('The app registry has moved on');
    }
    const gone = new Set(change.entries.flatMap(({ before }) => before?.name ?? []));
    const put = structuredClone(change.entries.flatMap(({ after }) => after ?? []));
    const taken = new Set(put.map(({ name }) => name));
    state = {
      apps: [
        ...state.apps.filter(({ name }) => !gone.has(name) && !taken.has(name)),
        ...put,
      ].toSorted((one, other) => (one.name < other.name ? -1 : 1)),
      head: change.head,
      etag: `etag-${change.head.sequence}`,
    };
    audit = [...audit, ...structuredClone(change.audit)];
  }

  return {
    find: (by) =>
      around(() =>
        state.apps.find((app) => ('name' in by ? app.name === by.name : app.appKey === by.appKey)),
      ),
    load: () => around(() => state),
    commit: async (change) => {
      const action = intruder;
      intruder = undefined;
      await action?.();
      return around(() => commit(change));
    },
    readAudit: ({ from, max }) =>
      around(() => audit.filter(({ sequence }) => sequence >= from).slice(0, Math.min(max, 1_000))),
    failNext: (next) => {
      fault = next;
    },
    beforeNextCommit: (action) => {
      intruder = action;
    },
  };
}

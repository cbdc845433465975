/** Catalog, due table and poison box in memory: what only helps to find releases. */
import type { Catalog, CatalogEntry } from '../../src/controller/ports/catalog.ts';
import type { DueTable } from '../../src/controller/ports/due-table.ts';
import type { PoisonBox } from '../../src/controller/ports/poison-box.ts';
import { BadContinuationError } from '../../src/controller/ports/store-errors.ts';
import type { Faults } from './memory-store-faults.ts';
import { copy, type State } from './memory-store-rows.ts';

export function memoryCatalog(state: State, faults: Faults): Catalog {
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
          .filter(({ finished }) => query.finished === undefined || finished === query.finished)
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

export function memoryDueTable(state: State, faults: Faults): DueTable {
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

export function memoryPoisonBox(state: State, faults: Faults): PoisonBox {
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

/**
 * Azure Tables in memory: partitions in key order, etags, entity group transactions that hold all or
 * nothing, ranges and pages. Answers and errors have the shapes that the SDK gives (azure.md 5).
 */
import { RestError } from '@azure/core-rest-pipeline';
import type { TransactionAction } from '@azure/data-tables';
import { type Filter, matches, parseFilter } from './filter.ts';

export type Entity = Readonly<Record<string, unknown>>;

export interface Row {
  readonly etag: string;
  readonly entity: Entity;
}

/** One write as it was applied; `before` is undefined for a new row, `after` for a deleted one. */
export interface Applied {
  readonly table: string;
  readonly partitionKey: string;
  readonly rowKey: string;
  readonly before: Entity | undefined;
  readonly after: Entity | undefined;
}

export interface Page {
  readonly rows: readonly Row[];
  /** The key after which the next page begins. */
  readonly next: string | undefined;
}

export interface Tables {
  get(table: string, partitionKey: string, rowKey: string): Row;
  /** All or nothing. Returns the etag of each row. */
  transact(table: string, actions: readonly TransactionAction[]): readonly string[];
  single(table: string, action: TransactionAction): string;
  page(table: string, query: { filter: string; max: number; after: string | undefined }): Page;
  /** Rows of a partition in key order, for those who look from outside. */
  rows(table: string, partitionKey: string): readonly Entity[];
}

interface Partition {
  readonly keys: string[];
  readonly rows: Map<string, Row>;
}

/** @param onApplied told of everything that one request changed, right after it was applied */
export function createTables(onApplied: (writes: readonly Applied[]) => void): Tables {
  const partitions = new Map<string, Partition>();
  let writes = 0;

  function partition(table: string, key: string): Partition {
    const name = `${table}/${key}`;
    let found = partitions.get(name);
    if (found === undefined) partitions.set(name, (found = { keys: [], rows: new Map() }));
    return found;
  }

  function apply(table: string, actions: readonly TransactionAction[], inBatch: boolean): string[] {
    const staged = actions.map((action, index) => {
      const [, entity] = action;
      const place = partition(table, entity.partitionKey);
      const before = place.rows.get(entity.rowKey);
      check(action, before, inBatch ? index : undefined);
      return { place, before, action };
    });
    const applied: Applied[] = [];
    const etags = staged.map(({ place, before, action }) => {
      const etag = `W/"datetime'${(writes += 1)}'"`;
      const { partitionKey, rowKey } = action[1];
      const after = entityAfter(action, before?.entity);
      if (after === undefined) remove(place, rowKey);
      else put(place, rowKey, { etag, entity: after });
      applied.push({ table, partitionKey, rowKey, before: before?.entity, after });
      return etag;
    });
    onApplied(applied);
    return etags;
  }

  return {
    get: (table, partitionKey, rowKey) => {
      const row = partition(table, partitionKey).rows.get(rowKey);
      if (row === undefined) throw failure(404, 'ResourceNotFound');
      return row;
    },
    transact: (table, actions) => apply(table, actions, true),
    single: (table, action) => apply(table, [action], false)[0] ?? '',
    page: (table, { filter, max, after }) => {
      const parsed = parseFilter(filter);
      return pageOf(partition(table, parsed.partitionKey), parsed, { max, after });
    },
    rows: (table, key) => {
      const { keys, rows } = partition(table, key);
      return keys.flatMap((name): Entity[] => {
        const row = rows.get(name);
        return row === undefined ? [] : [row.entity];
      });
    },
  };
}

/** @throws RestError as the service answers when the row is not as the action wants it. */
function check(
  action: TransactionAction,
  before: Row | undefined,
  index: number | undefined,
): void {
  const [kind] = action;
  if (kind === 'create') {
    if (before !== undefined) throw failure(409, 'EntityAlreadyExists', index);
    return;
  }
  if (kind === 'upsert') return;
  if (before === undefined) throw failure(404, 'ResourceNotFound', index);
  if (kind === 'delete') return;
  const wanted = action[3]?.etag ?? '*';
  if (wanted !== '*' && wanted !== before.etag) {
    throw failure(412, 'UpdateConditionNotSatisfied', index);
  }
}

function entityAfter(action: TransactionAction, before: Entity | undefined): Entity | undefined {
  const [kind, entity] = action;
  if (kind === 'delete') return undefined;
  if (kind === 'create') return entity;
  return action[2] === 'Replace' ? entity : { ...before, ...entity };
}

/** A single operation carries its code in `details`, a transaction in `code` with the index in front. */
export function failure(statusCode: number, code: string, index?: number): RestError {
  if (index !== undefined) return new RestError(`${index}:${code}`, { statusCode, code });
  const error = new RestError(code, { statusCode });
  error.details = { odataError: { code } };
  return error;
}

function remove(place: Partition, rowKey: string): void {
  if (!place.rows.delete(rowKey)) return;
  place.keys.splice(firstNotBelow(place.keys, rowKey), 1);
}

function put(place: Partition, rowKey: string, row: Row): void {
  if (!place.rows.has(rowKey)) place.keys.splice(firstNotBelow(place.keys, rowKey), 0, rowKey);
  place.rows.set(rowKey, row);
}

function firstNotBelow(keys: readonly string[], key: string): number {
  let [low, high] = [0, keys.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((keys[middle] ?? '') < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

function pageOf(
  place: Partition,
  filter: Filter,
  bounds: { readonly max: number; readonly after: string | undefined },
): Page {
  const rows: Row[] = [];
  const { after, max } = bounds;
  let index = firstNotBelow(place.keys, after ?? filter.fromRowKey);
  if (after !== undefined && place.keys[index] === after) index += 1;
  for (; index < place.keys.length; index += 1) {
    const key = place.keys[index] ?? '';
    if (filter.toRowKey !== undefined && key >= filter.toRowKey) break;
    if (rows.length >= max) return { rows, next: place.keys[index - 1] };
    const row = place.rows.get(key);
    if (row !== undefined && matches(filter, row.entity)) rows.push(row);
  }
  return { rows, next: undefined };
}

import type { Column, Relation, Row } from './kql/relation.ts';
import { slotColumn } from './kql/relation.ts';
import { defaultOf } from './kql/values.ts';
import type { Value } from './kql/values.ts';
import { CONSTANT_COLUMNS, TABLES } from './schema.ts';
import type { ColumnDefinition, TableName } from './schema.ts';
import type { TelemetryRow } from './telemetry-rows.ts';

/** A half-open interval of milliseconds since the epoch. */
export interface TimeRange {
  readonly fromMs: number;
  readonly toMs: number;
}

/** How much the store keeps. */
export interface StoreLimits {
  /** Rows of one table; the oldest chunk goes when there are more. */
  readonly rowsPerTable: number;
  /** Rows whose TimeGenerated is older than this are dropped, milliseconds. */
  readonly retentionMs: number;
}

/** Rows come and go in chunks with known time bounds, so that a query over minutes skips hours. */
const CHUNK_ROWS = 2048;
const INGESTED_SLOT = 0;
const TIME_SLOT = 1;

/** Texts that repeat from row to row are kept once. */
const SHARED_TEXTS: ReadonlySet<string> = new Set([
  'AppVersion',
  'AppRoleName',
  'AppRoleInstance',
  'OperationName',
  'SyntheticSource',
  'ClientIP',
  'SDKVersion',
  'Name',
  'Url',
  'ResultCode',
  'PerformanceBucket',
  'Target',
  'DependencyType',
]);
const MAX_SHARED_TEXTS = 20_000;

interface Chunk {
  readonly rows: Row[];
  minMs: number;
  maxMs: number;
}

class Table {
  readonly #slots: readonly ColumnDefinition[];
  readonly #columns: readonly Column[];
  readonly #limits: StoreLimits;
  #chunks: Chunk[] = [];

  constructor(name: TableName, limits: StoreLimits, constants: ReadonlyMap<string, Value>) {
    const { columns } = TABLES[name];
    this.#limits = limits;
    const varying = columns.filter((column) => !CONSTANT_COLUMNS.has(column.name));
    const time = varying.filter((column) => column.name === 'TimeGenerated');
    this.#slots = [...time, ...varying.filter((column) => column.name !== 'TimeGenerated')];
    this.#columns = columns.map(({ name: column, type }) => {
      const slot = this.#slots.findIndex((candidate) => candidate.name === column);
      const constant = column === 'Type' ? name : (constants.get(column) ?? defaultOf(type));
      return slot === -1
        ? { name: column, type, read: () => constant }
        : slotColumn(column, type, slot + TIME_SLOT);
    });
  }

  /** The row's values in the order of the slots. */
  encode(
    columns: TelemetryRow['columns'],
    ingestedMs: number,
    share: (text: string) => string,
  ): Row {
    const row: Value[] = [ingestedMs];
    for (const { name, type } of this.#slots) {
      const value = columns[name] ?? defaultOf(type);
      row.push(typeof value === 'string' && SHARED_TEXTS.has(name) ? share(value) : value);
    }
    return row;
  }

  add(row: Row, nowMs: number): void {
    let chunk = this.#chunks.at(-1);
    if (chunk === undefined || chunk.rows.length >= CHUNK_ROWS) {
      this.#dropOld(nowMs);
      chunk = { rows: [], minMs: Infinity, maxMs: -Infinity };
      this.#chunks.push(chunk);
    }
    const timeMs = Number(row[TIME_SLOT]);
    chunk.rows.push(row);
    chunk.minMs = Math.min(chunk.minMs, timeMs);
    chunk.maxMs = Math.max(chunk.maxMs, timeMs);
  }

  #dropOld(nowMs: number): void {
    const oldestMs = nowMs - this.#limits.retentionMs;
    this.#chunks = this.#chunks.filter((chunk) => chunk.maxMs >= oldestMs);
    const total = (): number => this.#chunks.reduce((sum, chunk) => sum + chunk.rows.length, 0);
    while (total() + CHUNK_ROWS > this.#limits.rowsPerTable && this.#chunks.length > 0) {
      this.#chunks.shift();
    }
  }

  relation(range: TimeRange, nowMs: number): Relation {
    const rows: Row[] = [];
    const fromMs = Math.max(range.fromMs, nowMs - this.#limits.retentionMs);
    for (const chunk of this.#chunks) {
      if (chunk.maxMs < fromMs || chunk.minMs >= range.toMs) {
        continue;
      }
      for (const row of chunk.rows) {
        const timeMs = Number(row[TIME_SLOT]);
        if (timeMs >= fromMs && timeMs < range.toMs && Number(row[INGESTED_SLOT]) <= nowMs) {
          rows.push(row);
        }
      }
    }
    return { columns: this.#columns, rows, ingestionTime: (row) => row[INGESTED_SLOT] ?? null };
  }

  /** Every row that is kept, visible or not. */
  everything(): Relation {
    return { columns: this.#columns, rows: [...this.all()] };
  }

  *all(): Generator<Row> {
    for (const chunk of this.#chunks) {
      yield* chunk.rows;
    }
  }

  /** The columns of a row that hold something, by name: what the state file keeps. */
  decode(row: Row): Record<string, Value> {
    const columns: Record<string, Value> = {};
    for (const [index, { name, type }] of this.#slots.entries()) {
      const value = row[index + TIME_SLOT] ?? null;
      if (value !== defaultOf(type)) {
        columns[name] = value;
      }
    }
    return columns;
  }
}

/** A stored row with the moment from which queries see it (ingestion_time()). */
export interface StoredRow extends TelemetryRow {
  readonly ingestedMs: number;
}

/** The rows of the workspace, in memory, bounded by count and age. */
export class RowStore {
  readonly #tables: ReadonlyMap<TableName, Table>;
  readonly #texts = new Map<string, string>();

  /** @param constants values of the columns that are the same in every row. */
  constructor(limits: StoreLimits, constants: ReadonlyMap<string, Value>) {
    this.#tables = new Map(
      Object.values(TABLES).map(({ name }) => [name, new Table(name, limits, constants)]),
    );
  }

  add(stored: StoredRow, nowMs: number): void {
    const table = this.#table(stored.table);
    const share = (text: string): string => this.#share(text);
    table.add(table.encode(stored.columns, stored.ingestedMs, share), nowMs);
  }

  /** What a query at `nowMs` sees of a table: rows in the range that are ingested by then. */
  relation(name: TableName, range: TimeRange, nowMs: number): Relation {
    return this.#table(name).relation(range, nowMs);
  }

  /** Every row of a table that is kept, those that queries do not see yet included. */
  everything(name: TableName): Relation {
    return this.#table(name).everything();
  }

  /** Every row that is kept, table by table, oldest first. */
  *all(): Generator<StoredRow> {
    for (const [name, table] of this.#tables) {
      for (const row of table.all()) {
        yield { table: name, columns: table.decode(row), ingestedMs: Number(row[INGESTED_SLOT]) };
      }
    }
  }

  #table(name: TableName): Table {
    const table = this.#tables.get(name);
    if (table === undefined) {
      throw new RangeError(`There is no table '${name}'.`);
    }
    return table;
  }

  #share(text: string): string {
    const known = this.#texts.get(text);
    if (known !== undefined) {
      return known;
    }
    if (this.#texts.size < MAX_SHARED_TEXTS) {
      this.#texts.set(text, text);
    }
    return text;
  }
}

import type { SyntaxNode } from './kusto-parser.ts';
import type { KqlType, Value } from './values.ts';

/** One row: the slots of a stored row, or the values of a computed one. Its identity is stable. */
export type Row = readonly Value[];

/** Computes a value of a row. Pure within one query: the same row gives the same value. */
export type Read = (row: Row) => Value;

/** A named column of a relation. */
export interface Column {
  readonly name: string;
  readonly type: KqlType;
  readonly read: Read;
}

/** A table in the middle of a query: rows, and how to read columns from them. */
export interface Relation {
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
  /** ingestion_time() of a row; absent once rows are no longer rows of a table. */
  readonly ingestionTime?: Read;
}

/** A compiled scalar expression. */
export interface Expr {
  readonly type: KqlType;
  readonly read: Read;
  /** Set when the value depends on no row. */
  readonly constant?: { readonly value: Value };
}

/** What a `let` name stands for. */
export type Binding =
  | { readonly kind: 'scalar'; readonly expr: Expr }
  | { readonly kind: 'tabular'; readonly relation: () => Relation };

/** What one run of a query knows besides its rows. */
export interface Environment {
  /** now(), milliseconds since the epoch, the same throughout the query. */
  readonly nowMs: number;
  readonly lets: Map<string, Binding>;
  /** The visible rows of a table; undefined when there is no such table. */
  readonly table: (name: string) => Relation | undefined;
  /** Evaluates a tabular expression (a subquery in `in (...)`, toscalar). */
  readonly tabular: (node: SyntaxNode) => Relation;
}

/** Where an expression is compiled: the columns it may name. */
export interface Scope {
  readonly columns: ReadonlyMap<string, Column>;
  readonly environment: Environment;
  readonly ingestionTime: Read | undefined;
  /** In `summarize`: takes an aggregate call and gives the expression that reads its result. */
  readonly aggregate?: (node: SyntaxNode, name: string) => Expr | undefined;
}

/** A scope over the columns of a relation. */
export function scopeOf(relation: Relation, environment: Environment): Scope {
  return {
    columns: new Map(relation.columns.map((column) => [column.name, column])),
    environment,
    ingestionTime: relation.ingestionTime,
  };
}

/** A scope without columns, for `print`, `let` and limits. */
export function emptyScope(environment: Environment): Scope {
  return { columns: new Map(), environment, ingestionTime: undefined };
}

/** The row that constants are computed on. */
export const NO_ROW: Row = [];

/** An expression that depends on no row. */
export function constantExpr(type: KqlType, value: Value): Expr {
  return { type, read: () => value, constant: { value } };
}

/** Computes an expression once when all that it is made of is constant. */
export function foldable(type: KqlType, read: Read, parts: readonly Expr[]): Expr {
  return parts.every((part) => part.constant !== undefined)
    ? constantExpr(type, read(NO_ROW))
    : { type, read };
}

/** Remembers the value of the last row, so that a computed column costs once however often it is used. */
export function remembered(read: Read): Read {
  let lastRow: Row | undefined;
  let lastValue: Value = null;
  return (row) => {
    if (row !== lastRow) {
      lastValue = read(row);
      lastRow = row;
    }
    return lastValue;
  };
}

/** A column at a fixed position of the row. */
export function slotColumn(name: string, type: KqlType, slot: number): Column {
  return { name, type, read: (row) => row[slot] ?? null };
}

/** Computes all columns of a relation into rows of their own. */
export function materialise(relation: Relation): Relation {
  const reads = relation.columns.map((column) => column.read);
  return {
    columns: relation.columns.map(({ name, type }, slot) => slotColumn(name, type, slot)),
    rows: relation.rows.map((row) => reads.map((read) => read(row))),
  };
}

import { constantValue } from './compile-expression.ts';
import { numberOf } from './comparisons.ts';
import type { SyntaxNode } from './kusto-parser.ts';
import { semanticError, unsupported } from './query-error.ts';
import { NO_ROW, emptyScope, slotColumn } from './relation.ts';
import type { Environment, Read, Relation, Row } from './relation.ts';
import { defaultOf, isKqlType } from './values.ts';
import type { KqlType } from './values.ts';

/** Operators that bring rows in: datatable, print, range, union. */

/** Rows that one range may make, so that a slip of the pen does not fill the memory. */
const MAX_RANGE_ROWS = 1_000_000;

function columnType(type: string, node: SyntaxNode): KqlType {
  if (!isKqlType(type)) {
    throw unsupported(`a column of type '${type}'`, node.start);
  }
  return type;
}

/** `datatable (name: type, …) [values]`. */
export function datatable(node: SyntaxNode, environment: Environment): Relation {
  const columns = (node.columns ?? []).map(({ name, type }, slot) =>
    slotColumn(name, columnType(type, node), slot),
  );
  const values = node.list('Values').map((value) => constantValue(value, emptyScope(environment)));
  const rows: Row[] = [];
  for (let at = 0; at < values.length; at += columns.length) {
    rows.push(values.slice(at, at + columns.length));
  }
  return { columns, rows };
}

/** `print`: one row without slots; `project` computes its columns. */
export const ONE_ROW: Relation = { columns: [], rows: [NO_ROW] };

/** `range x from a to b step c`. */
export function range(node: SyntaxNode, environment: Environment): Relation {
  const scope = emptyScope(environment);
  const [from, to, step] = ['From', 'To', 'Step'].map((part) =>
    numberOf(constantValue(node.child(part), scope)),
  );
  const [column] = node.columns ?? [];
  if (typeof from !== 'number' || typeof to !== 'number' || !step || column === undefined) {
    throw semanticError('SEM0230', `range: from, to and step must be numbers or times, step not 0`);
  }
  const count = Math.max(0, Math.floor((to - from) / step) + 1);
  if (count > MAX_RANGE_ROWS) {
    throw unsupported(`a range of more than ${String(MAX_RANGE_ROWS)} rows`, node.start);
  }
  return {
    columns: [slotColumn(column.name, columnType(column.type, node), 0)],
    rows: Array.from({ length: count }, (_, index) => [from + index * step]),
  };
}

interface NamedRelation {
  readonly name: string;
  readonly relation: Relation;
}

function parameter(node: SyntaxNode, name: string): SyntaxNode | undefined {
  return node
    .list('Parameters')
    .find((entry) => entry.child('Name').simpleName.toLowerCase() === name)
    ?.child('Expression');
}

function nameOf(node: SyntaxNode): string {
  return node.kind === 'NameReference' ? node.simpleName : node.text;
}

/** `union`: the binder's columns, filled with nothing where an input has none of that name. */
export function union(node: SyntaxNode, environment: Environment, piped?: Relation): Relation {
  const inputs: NamedRelation[] = piped === undefined ? [] : [{ name: '', relation: piped }];
  for (const expression of node.list('Expressions')) {
    inputs.push({ name: nameOf(expression), relation: environment.tabular(expression) });
  }
  const source = parameter(node, 'withsource')?.simpleName;
  const columns = node.columns ?? [];
  const rows: Row[] = [];
  for (const [index, { name, relation }] of inputs.entries()) {
    const label = name === '' ? `union_arg${String(index)}` : name;
    const byName = new Map(relation.columns.map((column) => [column.name, column.read]));
    const reads = columns.map((column): Read => {
      const absent = isKqlType(column.type) ? defaultOf(column.type) : null;
      return column.name === source ? () => label : (byName.get(column.name) ?? (() => absent));
    });
    const ingested = relation.ingestionTime ?? (() => null);
    for (const row of relation.rows) {
      rows.push([...reads.map((read) => read(row)), ingested(row)]);
    }
  }
  return {
    columns: columns.map(({ name, type }, slot) => slotColumn(name, columnType(type, node), slot)),
    rows,
    ingestionTime: (row) => row[columns.length] ?? null,
  };
}

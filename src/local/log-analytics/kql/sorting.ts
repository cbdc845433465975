import { constantValue, compileExpression } from './compile-expression.ts';
import { numberOf } from './comparisons.ts';
import type { SyntaxNode } from './kusto-parser.ts';
import { semanticError } from './query-error.ts';
import { emptyScope, scopeOf } from './relation.ts';
import type { Environment, Read, Relation, Row } from './relation.ts';
import type { Value } from './values.ts';

interface SortKey {
  readonly read: Read;
  readonly descending: boolean;
  readonly nullsFirst: boolean;
}

function sortKey(node: SyntaxNode, relation: Relation, environment: Environment): SortKey {
  const scope = scopeOf(relation, environment);
  if (node.kind !== 'OrderedExpression') {
    return {
      read: compileExpression(node, scope).read,
      descending: true,
      nullsFirst: false,
    };
  }
  const ordering = node.child('Ordering');
  const direction = ordering.optionalChild('AscOrDescKeyword')?.text.toLowerCase();
  // Kusto sorts down unless told otherwise, with nulls last; upwards nulls come first.
  const descending = direction !== 'asc';
  const nulls = ordering.optionalChild('NullsClause')?.child('FirstOrLastKeyword').text;
  return {
    read: compileExpression(node.child('Expression'), scope).read,
    descending,
    nullsFirst: nulls === undefined ? !descending : nulls.toLowerCase() === 'first',
  };
}

function compareValues(a: Value, b: Value, key: SortKey): number {
  if (a === null || b === null) {
    if (a === b) {
      return 0;
    }
    return (a === null) === key.nullsFirst ? -1 : 1;
  }
  const order =
    typeof a === 'string' && typeof b === 'string'
      ? Number(a > b) - Number(a < b)
      : (numberOf(a) ?? 0) - (numberOf(b) ?? 0);
  return key.descending ? -order : order;
}

function sortRows(rows: readonly Row[], keys: readonly SortKey[]): Row[] {
  const keyed = rows.map((row) => ({ row, values: keys.map(({ read }) => read(row)) }));
  keyed.sort((left, right) => {
    for (const [index, key] of keys.entries()) {
      const order = compareValues(left.values[index] ?? null, right.values[index] ?? null, key);
      if (order !== 0) {
        return order;
      }
    }
    return 0;
  });
  return keyed.map(({ row }) => row);
}

/** `order by`, `sort by`. */
export function order(relation: Relation, node: SyntaxNode, environment: Environment): Relation {
  const keys = node.list('Expressions').map((key) => sortKey(key, relation, environment));
  return { ...relation, rows: sortRows(relation.rows, keys) };
}

function rowCount(node: SyntaxNode, environment: Environment): number {
  const value = constantValue(node.child('Expression'), emptyScope(environment));
  if (typeof value !== 'number' || value < 0) {
    throw semanticError('SEM0051', `'${node.text}': the number of rows must be zero or more`);
  }
  return value;
}

/** `take`, `limit`. */
export function take(relation: Relation, node: SyntaxNode, environment: Environment): Relation {
  return { ...relation, rows: relation.rows.slice(0, rowCount(node, environment)) };
}

/** `top n by x`. */
export function top(relation: Relation, node: SyntaxNode, environment: Environment): Relation {
  const key = sortKey(node.child('ByExpression'), relation, environment);
  return {
    ...relation,
    rows: sortRows(relation.rows, [key]).slice(0, rowCount(node, environment)),
  };
}

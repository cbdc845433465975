import { compileExpression } from './compile-expression.ts';
import { Grouping } from './grouping.ts';
import type { BoundColumn, SyntaxNode } from './kusto-parser.ts';
import { unsupported } from './query-error.ts';
import { remembered, scopeOf, slotColumn } from './relation.ts';
import type { Column, Environment, Relation, Scope } from './relation.ts';

/** Operators that change columns and keep rows. Names come from the binder, which invents those unwritten. */

function columnOf(name: string, node: SyntaxNode, scope: Scope): Column {
  const { type, read, constant } = compileExpression(node, scope);
  const plain = constant !== undefined || node.kind === 'NameReference';
  return { name, type, read: plain ? read : remembered(read) };
}

function boundColumns(node: SyntaxNode): readonly BoundColumn[] {
  const columns = node.columns;
  if (columns === undefined) {
    throw unsupported(`'${node.text}'`, node.start);
  }
  return columns;
}

/** `project`, and `print` over its one row: one column an expression. */
export function project(relation: Relation, node: SyntaxNode, environment: Environment): Relation {
  const scope = scopeOf(relation, environment);
  const expressions = node.list('Expressions');
  const names = boundColumns(node);
  if (names.length !== expressions.length) {
    throw unsupported(`an expression with several columns ('${node.text}')`, node.start);
  }
  const columns = expressions.map((expression, index) =>
    columnOf(names[index]?.name ?? '', expression, scope),
  );
  return { ...relation, columns };
}

/** `extend`: a named expression replaces the column of that name, the others come after. */
export function extend(relation: Relation, node: SyntaxNode, environment: Environment): Relation {
  const scope = scopeOf(relation, environment);
  const columns = new Map(relation.columns.map((column) => [column.name, column]));
  const added = boundColumns(node).slice(columns.size);
  let next = 0;
  for (const expression of node.list('Expressions')) {
    const written =
      expression.kind === 'SimpleNamedExpression' ? expression.child('Name').simpleName : undefined;
    const replaces = written !== undefined && scope.columns.has(written);
    const name = replaces ? written : added[next++]?.name;
    if (name === undefined) {
      throw unsupported(`extend without a name for '${expression.text}'`, expression.start);
    }
    columns.set(name, columnOf(name, expression, scope));
  }
  return { ...relation, columns: [...columns.values()] };
}

/** `project-away`, `project-keep`, `project-reorder`: the binder says what is left, in which order. */
export function pick(relation: Relation, node: SyntaxNode): Relation {
  const byName = new Map(relation.columns.map((column) => [column.name, column]));
  const columns = boundColumns(node).flatMap(({ name }) => byName.get(name) ?? []);
  return { ...relation, columns };
}

/** `project-rename`: the binder's columns are the input's, position by position. */
export function rename(relation: Relation, node: SyntaxNode): Relation {
  const names = boundColumns(node);
  const columns = relation.columns.map((column, index) => ({
    ...column,
    name: names[index]?.name ?? column.name,
  }));
  return { ...relation, columns };
}

/** `distinct`: `*` or a list of expressions. */
export function distinct(relation: Relation, node: SyntaxNode, environment: Environment): Relation {
  const expressions = node.list('Expressions');
  const columns =
    expressions[0]?.kind === 'StarExpression'
      ? relation.columns
      : project(relation, node, environment).columns;
  const grouping = new Grouping(columns.map(({ read }) => read));
  for (const row of relation.rows) {
    grouping.indexOf(row);
  }
  return {
    columns: columns.map(({ name, type }, slot) => slotColumn(name, type, slot)),
    rows: grouping.rows,
  };
}

/** `count`: one row with the number of rows. */
export function count(relation: Relation, node: SyntaxNode): Relation {
  const name = boundColumns(node)[0]?.name ?? 'Count';
  return { columns: [slotColumn(name, 'long', 0)], rows: [[relation.rows.length]] };
}

import { AGGREGATES } from './aggregates.ts';
import type { Accumulator, Aggregate } from './aggregates.ts';
import type { GroupedAccumulator } from './group-counts.ts';
import { compileExpression } from './compile-expression.ts';
import { Grouping } from './grouping.ts';
import type { SyntaxNode } from './kusto-parser.ts';
import { unsupported } from './query-error.ts';
import { remembered, scopeOf, slotColumn } from './relation.ts';
import type { Column, Environment, Expr, Read, Relation, Row, Scope } from './relation.ts';
import { isKqlType } from './values.ts';
import type { KqlType, Value } from './values.ts';

/** An output column: reads the row of results of all aggregates of a group. */
interface Output {
  readonly type: KqlType;
  readonly read: Read;
}

function typeOf(node: SyntaxNode): KqlType {
  const type = node.scalarType;
  return isKqlType(type) ? type : 'dynamic';
}

function unnamed(node: SyntaxNode): SyntaxNode {
  return node.kind === 'SimpleNamedExpression' || node.kind === 'CompoundNamedExpression'
    ? unnamed(node.child('Expression'))
    : node;
}

/** One accumulator a group, made with the group's first row. */
function oneEach(create: () => Accumulator): GroupedAccumulator {
  const accumulators: Accumulator[] = [];
  const of = (group: number): Accumulator => (accumulators[group] ??= create());
  return {
    add: (group, row) => {
      of(group).add(row);
    },
    write: (group, to, slot) => {
      for (const [index, value] of of(group).results().entries()) to[slot + index] = value;
    },
  };
}

/** The aggregates of one summarize: each call gets slots in the row of results, after the keys. */
class AggregateSlots {
  readonly #aggregates: Aggregate[] = [];
  #width: number;

  constructor(keys: number) {
    this.#width = keys;
  }

  add(aggregate: Aggregate): readonly Output[] {
    const first = this.#width;
    this.#aggregates.push(aggregate);
    this.#width += aggregate.types.length;
    return aggregate.types.map((type, index) => ({
      type,
      read: (row) => row[first + index] ?? null,
    }));
  }

  /** Slots of keys and aggregates together. */
  get width(): number {
    return this.#width;
  }

  /** An accumulator an aggregate, with its first slot. */
  createAll(keys: number): readonly { accumulator: GroupedAccumulator; slot: number }[] {
    let next = keys;
    return this.#aggregates.map(({ create, createGrouped, types }) => {
      const slot = next;
      next += types.length;
      return { accumulator: createGrouped?.() ?? oneEach(create), slot };
    });
  }
}

interface Compilation {
  readonly input: Scope;
  readonly slots: AggregateSlots;
  /** Columns that `*` of arg_max(x, *) stands for. */
  readonly star: () => readonly Column[];
}

/** Compiles an aggregate call; undefined when the function is none. */
function aggregateCall(node: SyntaxNode, context: Compilation): readonly Output[] | undefined {
  const name = node.child('Name').simpleName;
  const compiler = AGGREGATES.get(name);
  if (compiler === undefined) {
    return undefined;
  }
  const args = node
    .child('ArgumentList')
    .list('Expressions')
    .flatMap((argument): readonly Expr[] =>
      argument.kind === 'StarExpression'
        ? context.star()
        : [compileExpression(argument, context.input)],
    );
  return context.slots.add(compiler({ args, type: typeOf(node) }));
}

/** One written aggregate: a bare call may give several columns, an expression around calls gives one. */
function compileOutput(node: SyntaxNode, context: Compilation): readonly Output[] {
  const inner = unnamed(node);
  if (inner.kind === 'FunctionCallExpression') {
    const outputs = aggregateCall(inner, context);
    if (outputs !== undefined) {
      return outputs;
    }
  }
  const scope: Scope = {
    columns: new Map(),
    environment: context.input.environment,
    ingestionTime: undefined,
    aggregate: (call) => aggregateCall(call, context)?.[0],
  };
  return [compileExpression(inner, scope)];
}

/** What `*` stands for: the columns that are neither a plain key nor the argument beside the star. */
function starColumns(
  relation: Relation,
  by: readonly SyntaxNode[],
  extremeOf: SyntaxNode | undefined,
): readonly Column[] {
  const taken = new Set(
    [...by.map(unnamed), ...(extremeOf === undefined ? [] : [extremeOf])]
      .filter((node) => node.kind === 'NameReference')
      .map((node) => node.simpleName),
  );
  return relation.columns.filter((column) => !taken.has(column.name));
}

function firstArgument(aggregates: readonly SyntaxNode[]): SyntaxNode | undefined {
  const starred = aggregates
    .map(unnamed)
    .filter((node) => node.kind === 'FunctionCallExpression')
    .map((node) => node.child('ArgumentList').list('Expressions'))
    .find((args) => args.some((arg) => arg.kind === 'StarExpression'));
  return starred?.find((arg) => arg.kind !== 'StarExpression');
}

function groupRows(relation: Relation, keys: readonly Read[], slots: AggregateSlots): Row[] {
  const all = slots.createAll(keys.length);
  const grouping = new Grouping(keys, slots.width);
  for (const row of relation.rows) {
    const group = grouping.indexOf(row);
    for (const { accumulator } of all) {
      accumulator.add(group, row);
    }
  }
  // Without keys there is always one group, even of nothing (count() is 0).
  const rows = keys.length === 0 ? [new Array<Value>(slots.width).fill(null)] : grouping.rows;
  for (const { accumulator, slot } of all) {
    let group = 0;
    for (const row of rows) {
      accumulator.write(group, row, slot);
      group += 1;
    }
  }
  return rows;
}

/** Runs `summarize … by …`. The binder's columns are the keys first, then the aggregates, in order. */
export function summarize(
  relation: Relation,
  node: SyntaxNode,
  environment: Environment,
): Relation {
  const names = node.columns ?? [];
  const input = scopeOf(relation, environment);
  const by = node.optionalChild('ByClause')?.list('Expressions') ?? [];
  const keys = by.map((expression) => compileExpression(unnamed(expression), input));
  const aggregates = node.list('Aggregates');
  const slots = new AggregateSlots(keys.length);
  const star = (): readonly Column[] => starColumns(relation, by, firstArgument(aggregates));
  const outputs = aggregates.flatMap((aggregate) =>
    compileOutput(aggregate, { input, slots, star }),
  );
  if (keys.length + outputs.length !== names.length) {
    throw unsupported(`this form of summarize ('${node.text}')`, node.start);
  }
  const rows = groupRows(
    relation,
    keys.map((key) => remembered(key.read)),
    slots,
  );
  const columns = names.map(({ name }, index): Column => {
    const key = keys[index];
    if (key !== undefined) {
      return slotColumn(name, key.type, index);
    }
    const output = outputs[index - keys.length];
    return { name, type: output?.type ?? 'dynamic', read: output?.read ?? (() => null) };
  });
  return { columns, rows };
}

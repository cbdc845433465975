import { Grouping } from './grouping.ts';
import type { SyntaxNode } from './kusto-parser.ts';
import { unsupported } from './query-error.ts';
import { slotColumn } from './relation.ts';
import type { Column, Environment, Read, Relation, Row } from './relation.ts';
import { defaultOf } from './values.ts';

/** `join` and `lookup` on columns that are equal. The binder names the columns of the result. */

type JoinKind = 'inner' | 'leftouter' | 'leftsemi' | 'leftanti';

const KINDS: Readonly<Record<string, readonly JoinKind[]>> = {
  JoinOperator: ['inner', 'leftouter', 'leftsemi', 'leftanti'],
  LookupOperator: ['leftouter', 'inner'],
};

function kindOf(node: SyntaxNode): JoinKind {
  const written = node
    .list('Parameters')
    .find((parameter) => parameter.child('Name').simpleName === 'kind')
    ?.child('Expression').text;
  // A lookup is leftouter unless told otherwise; a join is innerunique, which is not interpreted.
  const name = written ?? (node.kind === 'LookupOperator' ? 'leftouter' : 'innerunique');
  const kind = KINDS[node.kind]?.find((known) => known === name);
  if (kind === undefined) throw unsupported(`'${node.keyword} kind=${name}'`, node.start);
  return kind;
}

interface KeyNames {
  readonly left: string;
  readonly right: string;
}

function sideOf(node: SyntaxNode): { side: string; name: string } | undefined {
  if (node.kind !== 'PathExpression') return undefined;
  const selector = node.child('Selector');
  return selector.kind === 'NameReference'
    ? { side: node.child('Expression').text, name: selector.simpleName }
    : undefined;
}

/** `on a` or `on $left.a == $right.b`. */
function keyNames(node: SyntaxNode): KeyNames {
  if (node.kind === 'NameReference') return { left: node.simpleName, right: node.simpleName };
  if (node.kind === 'EqualExpression') {
    const [left, right] = [sideOf(node.child('Left')), sideOf(node.child('Right'))];
    if (left?.side === '$left' && right?.side === '$right') {
      return { left: left.name, right: right.name };
    }
  }
  throw unsupported(`the condition of a join '${node.text}'`, node.start);
}

function readsOf(relation: Relation, names: readonly string[], node: SyntaxNode): readonly Read[] {
  return names.map((name) => {
    const column = relation.columns.find((candidate) => candidate.name === name);
    if (column === undefined) throw unsupported(`the key '${name}' of a join`, node.start);
    return column.read;
  });
}

/** The rows of the right side by key. */
class Matches {
  readonly #keys: Grouping;
  readonly #rows: Row[][] = [];
  readonly #leftReads: readonly Read[];
  /** No key has more than one row. */
  readonly unique: boolean;

  constructor(right: Relation, rightReads: readonly Read[], leftReads: readonly Read[]) {
    this.#leftReads = leftReads;
    this.#keys = new Grouping(rightReads, 0);
    for (const row of right.rows) {
      (this.#rows[this.#keys.indexOf(row)] ??= []).push(row);
    }
    this.unique = this.#rows.length === right.rows.length;
  }

  /** A null key equals nothing. */
  of(row: Row): readonly Row[] {
    const group = this.#keys.find(this.#leftReads, row);
    return group === undefined ? [] : (this.#rows[group] ?? []);
  }

  has(row: Row): boolean {
    return this.#keys.find(this.#leftReads, row) !== undefined;
  }
}

/** The columns by the binder's names, which makes those of the right side unique. */
function named(node: SyntaxNode, columns: readonly Column[]): readonly Column[] {
  const names = node.columns ?? [];
  if (names.length !== columns.length) {
    throw unsupported(`this form of ${node.keyword} ('${node.text}')`, node.start);
  }
  return columns.map((column, index) => ({ ...column, name: names[index]?.name ?? column.name }));
}

/** At most one match a row: the left rows stay, and the right columns look their match up. */
function lookUp(left: Relation, added: readonly Column[], matches: Matches): readonly Column[] {
  let lastRow: Row | undefined;
  let lastMatch: Row | undefined;
  const matchOf = (row: Row): Row | undefined => {
    if (row !== lastRow) {
      lastRow = row;
      [lastMatch] = matches.of(row);
    }
    return lastMatch;
  };
  const columns = added.map(({ name, type, read }): Column => {
    const nothing = defaultOf(type);
    return {
      name,
      type,
      read: (row) => {
        const match = matchOf(row);
        return match === undefined ? nothing : read(match);
      },
    };
  });
  return [...left.columns, ...columns];
}

/** Rows that one join may make, so that keys that repeat on both sides do not fill the memory. */
const MAX_JOINED_ROWS = 1_000_000;

interface Sides {
  readonly left: Relation;
  readonly added: readonly Column[];
  readonly matches: Matches;
  readonly kind: JoinKind;
}

/** Every pair of matching rows. */
function pairs({ left, added, matches, kind }: Sides, node: SyntaxNode): Relation {
  const nothing = kind === 'leftouter' ? [added.map(({ type }) => defaultOf(type))] : [];
  const rows: Row[] = [];
  for (const row of left.rows) {
    const values = left.columns.map(({ read }) => read(row));
    const found = matches.of(row).map((match) => added.map(({ read }) => read(match)));
    for (const more of found.length === 0 ? nothing : found) rows.push([...values, ...more]);
    if (rows.length > MAX_JOINED_ROWS) {
      throw unsupported(`a join of more than ${String(MAX_JOINED_ROWS)} rows`, node.start);
    }
  }
  const columns = [...left.columns, ...added].map(({ name, type }, slot) =>
    slotColumn(name, type, slot),
  );
  return { columns, rows };
}

/** Runs `join` or `lookup`: inner, leftouter, leftsemi, leftanti. Errors: QueryError 400 for others. */
export function join(left: Relation, node: SyntaxNode, environment: Environment): Relation {
  const kind = kindOf(node);
  const right = environment.tabular(node.child('Expression'));
  const clause = node.children.find((child) => child.kind === 'JoinOnClause');
  const keys = (clause?.list('Expressions') ?? []).map(keyNames);
  const names = { left: keys.map((key) => key.left), right: keys.map((key) => key.right) };
  const matches = new Matches(
    right,
    readsOf(right, names.right, node),
    readsOf(left, names.left, node),
  );
  if (kind === 'leftsemi' || kind === 'leftanti') {
    return { ...left, rows: left.rows.filter((row) => matches.has(row) === (kind === 'leftsemi')) };
  }
  const isLookup = node.kind === 'LookupOperator';
  const added = right.columns.filter(({ name }) => !isLookup || !names.right.includes(name));
  if (!matches.unique) {
    const { columns, rows } = pairs({ left, added, matches, kind }, node);
    return { columns: named(node, columns), rows };
  }
  const rows = kind === 'inner' ? left.rows.filter((row) => matches.has(row)) : left.rows;
  return { columns: named(node, lookUp(left, added, matches)), rows };
}

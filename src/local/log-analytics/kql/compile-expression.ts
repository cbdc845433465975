import { compileArithmetic } from './arithmetic.ts';
import { between, compileComparison, equals, not, numberOf } from './comparisons.ts';
import { FUNCTIONS, dependsOnRow } from './functions.ts';
import type { SyntaxNode } from './kusto-parser.ts';
import { compileLiteral, isLiteral } from './literals.ts';
import { urlPart } from './parse-url.ts';
import { semanticError, unsupported } from './query-error.ts';
import { constantExpr, foldable } from './relation.ts';
import type { Expr, Read, Scope } from './relation.ts';
import { compileStringOperator } from './string-operators.ts';
import { isBag, isKqlType, textOf } from './values.ts';
import type { KqlType, Value } from './values.ts';

/** The binder's type; what it leaves open is looked at row by row, as a dynamic is. */
function typeOf(node: SyntaxNode): KqlType {
  const type = node.scalarType;
  return isKqlType(type) ? type : 'dynamic';
}

function nameReference(node: SyntaxNode, scope: Scope): Expr {
  const name = node.simpleName;
  const column = scope.columns.get(name);
  if (column !== undefined) {
    return { type: column.type, read: column.read };
  }
  const binding = scope.environment.lets.get(name);
  if (binding?.kind === 'scalar') {
    return binding.expr;
  }
  // The binder resolves names first, so this is a name it knows and this interpreter does not.
  throw unsupported(`the name '${name}' here`, node.start);
}

function binary(node: SyntaxNode, scope: Scope): Expr {
  const left = compileExpression(node.child('Left'), scope);
  const right = compileExpression(node.child('Right'), scope);
  const read =
    compileComparison(node.kind, left, right) ??
    compileArithmetic(node.kind, left, right) ??
    compileStringOperator(node.kind, left, right);
  if (read === undefined) {
    throw unsupported(`the operator '${node.child('Operator').text}'`, node.start);
  }
  return foldable(typeOf(node), read, [left, right]);
}

function memberOf(container: Value, key: Value): Value {
  if (Array.isArray(container)) {
    const index = numberOf(key);
    const items: readonly Value[] = container;
    return index === null ? null : (items.at(index) ?? null);
  }
  if (isBag(container) && typeof key === 'string') {
    return Object.hasOwn(container, key) ? (container[key] ?? null) : null;
  }
  return null;
}

function path(node: SyntaxNode, scope: Scope): Expr {
  const target = node.child('Expression');
  const selector = node.child('Selector');
  if (selector.kind !== 'NameReference') {
    throw unsupported(`the path '${node.text}'`, node.start);
  }
  const name = selector.simpleName;
  const part = isCallTo(target, 'parse_url') ? urlPart(name) : undefined;
  if (part !== undefined) {
    const [url] = compileArguments(target, scope);
    if (url !== undefined) {
      return foldable('dynamic', (row) => part(textOf(url.read(row), url.type)), [url]);
    }
  }
  const container = compileExpression(target, scope);
  return foldable('dynamic', (row) => memberOf(container.read(row), name), [container]);
}

function isCallTo(node: SyntaxNode, name: string): boolean {
  return node.kind === 'FunctionCallExpression' && node.child('Name').simpleName === name;
}

function element(node: SyntaxNode, scope: Scope): Expr {
  const container = compileExpression(node.child('Expression'), scope);
  const key = compileExpression(node.child('Selector').child('Expression'), scope);
  const read: Read = (row) => memberOf(container.read(row), key.read(row));
  return foldable('dynamic', read, [container, key]);
}

function compileArguments(node: SyntaxNode, scope: Scope): readonly Expr[] {
  return node
    .child('ArgumentList')
    .list('Expressions')
    .map((argument) => compileExpression(argument, scope));
}

function functionCall(node: SyntaxNode, scope: Scope): Expr {
  const name = node.child('Name').simpleName;
  const aggregate = scope.aggregate?.(node, name);
  if (aggregate !== undefined) {
    return aggregate;
  }
  const compiler = FUNCTIONS.get(name);
  if (compiler === undefined) {
    throw unsupported(`the function '${name}()'`, node.start);
  }
  const args = compileArguments(node, scope);
  const type = typeOf(node);
  const read = compiler({ args, type, scope });
  return dependsOnRow(name) ? { type, read } : foldable(type, read, args);
}

/** The values right of `in`: literals, a dynamic array or the first column of a subquery. */
function candidates(node: SyntaxNode, scope: Scope): readonly Expr[] {
  return node
    .child('Right')
    .list('Expressions')
    .flatMap((item): readonly Expr[] => {
      if (item.columns !== undefined) {
        const relation = scope.environment.tabular(item);
        const [column] = relation.columns;
        return column === undefined
          ? []
          : relation.rows.map((row) => constantExpr(column.type, column.read(row)));
      }
      const expr = compileExpression(item, scope);
      const value = expr.constant?.value;
      return Array.isArray(value)
        ? value.map((entry: Value) => constantExpr('dynamic', entry))
        : [expr];
    });
}

function membership(node: SyntaxNode, scope: Scope): Expr {
  // By the operator's text: the parser's kind InCsExpression is `in~`, the one that ignores case.
  const ignoreCase = node.child('Operator').text.endsWith('~');
  const negated = node.kind.startsWith('Not');
  const left = compileExpression(node.child('Left'), scope);
  const items = candidates(node, scope);
  const read = items.every(({ constant }) => typeof constant?.value === 'string')
    ? inTexts(left, items, ignoreCase)
    : inValues(left, items, ignoreCase);
  return foldable('bool', (row) => read(row) !== negated, [left, ...items]);
}

function inTexts(left: Expr, items: readonly Expr[], ignoreCase: boolean): Read {
  const fold = (text: string): string => (ignoreCase ? text.toLowerCase() : text);
  const texts = new Set(items.map(({ read }) => fold(textOf(read([]), 'string'))));
  return (row) => texts.has(fold(textOf(left.read(row), left.type)));
}

function inValues(left: Expr, items: readonly Expr[], ignoreCase: boolean): Read {
  return (row) => {
    const value = left.read(row);
    return items.some(({ read }) => {
      const item = read(row);
      if (ignoreCase && typeof value === 'string' && typeof item === 'string') {
        return value.toLowerCase() === item.toLowerCase();
      }
      return equals(value, item) === true;
    });
  };
}

function range(node: SyntaxNode, scope: Scope): Expr {
  const left = compileExpression(node.child('Left'), scope);
  const low = compileExpression(node.child('Right').child('First'), scope);
  const high = compileExpression(node.child('Right').child('Second'), scope);
  const inside = foldable('bool', between(left, low, high), [left, low, high]);
  return node.kind === 'BetweenExpression'
    ? inside
    : foldable('bool', not(inside), [left, low, high]);
}

function unary(node: SyntaxNode, scope: Scope): Expr {
  const operand = compileExpression(node.child('Expression'), scope);
  const sign = node.kind === 'UnaryMinusExpression' ? -1 : 1;
  const read: Read = (row) => {
    const value = numberOf(operand.read(row));
    return value === null ? null : sign * value;
  };
  return foldable(typeOf(node), read, [operand]);
}

function toScalar(node: SyntaxNode, scope: Scope): Expr {
  const inner = node.child('Expression');
  if (inner.columns === undefined) {
    return compileExpression(inner, scope);
  }
  const relation = scope.environment.tabular(inner);
  const [column] = relation.columns;
  const [row] = relation.rows;
  return constantExpr(
    typeOf(node),
    column === undefined || row === undefined ? null : column.read(row),
  );
}

type Compiler = (node: SyntaxNode, scope: Scope) => Expr;

const COMPILERS: ReadonlyMap<string, Compiler> = new Map<string, Compiler>([
  ['NameReference', nameReference],
  ['ParenthesizedExpression', (node, scope) => compileExpression(node.child('Expression'), scope)],
  ['SimpleNamedExpression', (node, scope) => compileExpression(node.child('Expression'), scope)],
  ['PathExpression', path],
  ['ElementExpression', element],
  ['FunctionCallExpression', functionCall],
  ['ToScalarExpression', toScalar],
  ['UnaryMinusExpression', unary],
  ['UnaryPlusExpression', unary],
  ['InExpression', membership],
  ['InCsExpression', membership],
  ['NotInExpression', membership],
  ['NotInCsExpression', membership],
  ['BetweenExpression', range],
  ['NotBetweenExpression', range],
]);

/**
 * Compiles a bound scalar expression into a closure over rows.
 * Errors: QueryError 400 that names what is not interpreted.
 */
export function compileExpression(node: SyntaxNode, scope: Scope): Expr {
  if (isLiteral(node)) {
    return compileLiteral(node);
  }
  const compiler = COMPILERS.get(node.kind);
  if (compiler !== undefined) {
    return compiler(node, scope);
  }
  if (node.optionalChild('Left') !== undefined && node.optionalChild('Operator') !== undefined) {
    return binary(node, scope);
  }
  throw unsupported(`the expression '${node.text}' (${node.kind})`, node.start);
}

/** Compiles an expression that must not depend on rows and gives its value. Errors: 400. */
export function constantValue(node: SyntaxNode, scope: Scope): Value {
  const { constant } = compileExpression(node, scope);
  if (constant === undefined) {
    throw semanticError('SEM0019', `'${node.text}' must be a constant`);
  }
  return constant.value;
}

import type { SyntaxNode } from './kusto-parser.ts';
import { semanticError, unsupported } from './query-error.ts';
import { constantExpr } from './relation.ts';
import type { Expr } from './relation.ts';
import { isKqlType, parseDatetime, parseTimespan } from './values.ts';
import type { Value } from './values.ts';

/**
 * Literals are read from their text: the transpiled parser loses the fractions of timespans
 * such as `time(1.02:03:04)` and the values of hexadecimal longs, `nan` and `inf`.
 */

const LITERAL_KINDS: ReadonlySet<string> = new Set([
  'BooleanLiteralExpression',
  'IntLiteralExpression',
  'LongLiteralExpression',
  'RealLiteralExpression',
  'DecimalLiteralExpression',
  'DateTimeLiteralExpression',
  'TimespanLiteralExpression',
  'GuidLiteralExpression',
  'StringLiteralExpression',
  'CompoundStringLiteralExpression',
  'DynamicExpression',
]);

export function isLiteral(node: SyntaxNode): boolean {
  return LITERAL_KINDS.has(node.kind);
}

/** `datetime(2026-01-01)` gives `2026-01-01`; a bare `5m` gives itself. */
function innerText(text: string): string {
  const inner = /^[a-z0-9]+\s*\(([\s\S]*)\)$/i.exec(text)?.[1] ?? text;
  return inner.trim().replace(/^(['"])(.*)\1$/, '$2');
}

function parseNumber(text: string): number | null {
  switch (text.toLowerCase()) {
    case 'nan':
      return NaN;
    case '+inf':
    case 'inf':
      return Infinity;
    case '-inf':
      return -Infinity;
    default: {
      const value = Number(text);
      return text === '' || Number.isNaN(value) ? null : value;
    }
  }
}

function valueOf(kind: string, inner: string): Value {
  switch (kind) {
    case 'BooleanLiteralExpression':
      return /^(true|1)$/i.test(inner);
    case 'DateTimeLiteralExpression':
      return parseDatetime(inner);
    case 'TimespanLiteralExpression':
      return parseTimespan(inner);
    case 'GuidLiteralExpression':
      return inner.toLowerCase();
    default:
      return parseNumber(inner);
  }
}

function isValue(value: unknown): value is Value {
  if (value === null || ['boolean', 'number', 'string'].includes(typeof value)) {
    return true;
  }
  return typeof value === 'object' && Object.values(value).every(isValue);
}

/** Reads JSON text into a dynamic value; undefined when it is not JSON. */
export function parseJson(text: string): Value | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    return isValue(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

function dynamicLiteral(node: SyntaxNode): Expr {
  const inner = node.child('Expression');
  if (inner.kind === 'StringLiteralExpression') {
    return constantExpr('dynamic', inner.stringLiteral);
  }
  const value = parseJson(inner.text);
  if (value === undefined) {
    throw unsupported(`the literal ${node.text}, which is not plain JSON,`, node.start);
  }
  return constantExpr('dynamic', value);
}

/** Compiles a literal. Errors: 400 for text that its type does not read. */
export function compileLiteral(node: SyntaxNode): Expr {
  if (node.kind === 'DynamicExpression') {
    return dynamicLiteral(node);
  }
  const type = node.scalarType;
  if (!isKqlType(type)) {
    throw unsupported(`the literal ${node.text}`, node.start);
  }
  if (type === 'string') {
    return constantExpr('string', node.stringLiteral);
  }
  const inner = innerText(node.text);
  if (inner.toLowerCase() === 'null') {
    return constantExpr(type, null);
  }
  const value = valueOf(node.kind, inner);
  if (value === null) {
    throw semanticError('SEM0011', `'${node.text}' is not a valid ${type} literal`);
  }
  return constantExpr(type, value);
}

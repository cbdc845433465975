import { numberOf } from './comparisons.ts';
import type { Expr, Read } from './relation.ts';
import type { KqlType } from './values.ts';

type Operation = (left: number, right: number) => number | null;

function isWhole(type: KqlType): boolean {
  return type === 'int' || type === 'long';
}

/** Long by long is a long, cut towards zero, and null by zero; everything else divides as reals do. */
function division(left: Expr, right: Expr): Operation {
  if (isWhole(left.type) && isWhole(right.type)) {
    return (a, b) => (b === 0 ? null : Math.trunc(a / b));
  }
  return (a, b) => a / b;
}

/** Kusto's modulo is never negative: 0 <= n % d < |d|. */
function modulo(a: number, b: number): number | null {
  if (b === 0) {
    return null;
  }
  const size = Math.abs(b);
  return ((a % size) + size) % size;
}

function operationOf(kind: string, left: Expr, right: Expr): Operation | undefined {
  switch (kind) {
    case 'AddExpression':
      return (a, b) => a + b;
    case 'SubtractExpression':
      return (a, b) => a - b;
    case 'MultiplyExpression':
      return (a, b) => a * b;
    case 'DivideExpression':
      return division(left, right);
    case 'ModuloExpression':
      return modulo;
    default:
      return undefined;
  }
}

/** The reader of an arithmetic operator by its syntax kind; undefined for other kinds. Null is sticky. */
export function compileArithmetic(kind: string, left: Expr, right: Expr): Read | undefined {
  const operation = operationOf(kind, left, right);
  if (operation === undefined) {
    return undefined;
  }
  return (row) => {
    const a = numberOf(left.read(row));
    const b = numberOf(right.read(row));
    return a === null || b === null ? null : operation(a, b);
  };
}

import type { Expr, Read } from './relation.ts';
import { textOf } from './values.ts';
import type { Value } from './values.ts';

/**
 * Comparisons and logic with Kusto's nulls: `null == null` is null, `null == x` is false,
 * `null != x` is true, ordering with null is null, and logic has three values.
 */

/** The number behind a value, null when there is none. */
export function numberOf(value: Value): number | null {
  if (typeof value === 'number') {
    return value;
  }
  return typeof value === 'boolean' ? Number(value) : null;
}

/** The truth of a value: null stays null, a number is true unless it is zero. */
export function truthOf(value: Value): boolean | null {
  if (typeof value === 'boolean' || value === null) {
    return value;
  }
  return typeof value === 'number' ? value !== 0 : null;
}

/** Kusto's `==`. A dynamic or a number against a string is compared by its text. */
export function equals(left: Value, right: Value): boolean | null {
  if (left === null || right === null) {
    return left === right ? null : false;
  }
  if (typeof left === typeof right && typeof left !== 'object') {
    return left === right;
  }
  return textOf(left, 'dynamic') === textOf(right, 'dynamic');
}

function negated(value: boolean | null): boolean | null {
  return value === null ? null : !value;
}

/** Kusto's `!=`: null only when both are null. */
export function differs(left: Value, right: Value): boolean | null {
  return negated(equals(left, right));
}

type Order = (left: number, right: number) => boolean;

const ORDERS: ReadonlyMap<string, Order> = new Map<string, Order>([
  ['LessThanExpression', (left, right) => left < right],
  ['LessThanOrEqualExpression', (left, right) => left <= right],
  ['GreaterThanExpression', (left, right) => left > right],
  ['GreaterThanOrEqualExpression', (left, right) => left >= right],
]);

function ordered(order: Order, left: Expr, right: Expr): Read {
  const readLeft = left.read;
  const readRight = right.read;
  const limit = right.constant === undefined ? null : numberOf(right.constant.value);
  if (limit !== null) {
    return (row) => {
      const a = numberOf(readLeft(row));
      return a === null ? null : order(a, limit);
    };
  }
  return (row) => {
    const a = numberOf(readLeft(row));
    const b = numberOf(readRight(row));
    return a === null || b === null ? null : order(a, b);
  };
}

function and(left: Expr, right: Expr): Read {
  return (row) => {
    const a = truthOf(left.read(row));
    if (a === false) {
      return false;
    }
    const b = truthOf(right.read(row));
    if (b === false) {
      return false;
    }
    return a === null || b === null ? null : true;
  };
}

function or(left: Expr, right: Expr): Read {
  return (row) => {
    const a = truthOf(left.read(row));
    if (a === true) {
      return true;
    }
    const b = truthOf(right.read(row));
    if (b === true) {
      return true;
    }
    return a === null || b === null ? null : false;
  };
}

/** not(): null stays null. */
export function not(operand: Expr): Read {
  return (row) => negated(truthOf(operand.read(row)));
}

/** `left between (low .. high)`; a timespan as the high end of a datetime counts from the low end. */
export function between(left: Expr, low: Expr, high: Expr): Read {
  const highIsOffset = left.type === 'datetime' && high.type === 'timespan';
  return (row) => {
    const value = numberOf(left.read(row));
    const from = numberOf(low.read(row));
    const to = numberOf(high.read(row));
    if (value === null || from === null || to === null) {
      return null;
    }
    return value >= from && value <= (highIsOffset ? from + to : to);
  };
}

/** The reader of a comparison or logic operator by its syntax kind; undefined for other kinds. */
export function compileComparison(kind: string, left: Expr, right: Expr): Read | undefined {
  switch (kind) {
    case 'AndExpression':
      return and(left, right);
    case 'OrExpression':
      return or(left, right);
    case 'EqualExpression':
      return (row) => equals(left.read(row), right.read(row));
    case 'NotEqualExpression':
      return (row) => differs(left.read(row), right.read(row));
    default: {
      const order = ORDERS.get(kind);
      return order === undefined ? undefined : ordered(order, left, right);
    }
  }
}

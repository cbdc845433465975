import { numberOf, truthOf } from './comparisons.ts';
import type { Expr, Row } from './relation.ts';
import type { Value } from './values.ts';

/**
 * The counting aggregates over all groups at once, one array for all: a query that counts by operation
 * makes a group of nearly every row, and an object for each group and aggregate would be most of its cost.
 */

/** Collects the rows of every group of one aggregate. Groups are numbered from 0. */
export interface GroupedAccumulator {
  add(group: number, row: Row): void;
  /** Writes the group's results, one a column of the aggregate, from `slot` on. */
  write(group: number, to: Value[], slot: number): void;
}

/** count(). */
export function countGroups(): GroupedAccumulator {
  const rows = new GroupSums();
  return {
    add: (group) => {
      rows.add(group, 1);
    },
    write: (group, to, slot) => {
      to[slot] = rows.of(group);
    },
  };
}

/** sum(): nulls are passed over, the sum of nothing is 0. */
export function sumGroups(value: Expr): GroupedAccumulator {
  const totals = new GroupSums();
  return {
    add: (group, row) => {
      totals.add(group, numberOf(value.read(row)) ?? 0);
    },
    write: (group, to, slot) => {
      to[slot] = totals.of(group);
    },
  };
}

/**
 * A number a group, 0 at first. Not an array of numbers: a condition that seldom holds would fill it here
 * and there, and such an array is kept as a dictionary, which is several times as slow.
 */
class GroupSums {
  #sums = new Float64Array(1_024);

  add(group: number, value: number): void {
    if (group >= this.#sums.length) {
      const grown = new Float64Array(2 * Math.max(group, this.#sums.length));
      grown.set(this.#sums);
      this.#sums = grown;
    }
    this.#sums[group] = (this.#sums[group] ?? 0) + value;
  }

  of(group: number): number {
    return this.#sums[group] ?? 0;
  }
}

/** Only rows whose condition is true reach the accumulator. */
export function groupsOnlyIf(inner: GroupedAccumulator, condition: Expr): GroupedAccumulator {
  return {
    add: (group, row) => {
      if (truthOf(condition.read(row)) === true) inner.add(group, row);
    },
    write: (group, to, slot) => {
      inner.write(group, to, slot);
    },
  };
}

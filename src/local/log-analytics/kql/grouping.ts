import type { Read, Row } from './relation.ts';
import { isBag } from './values.ts';
import type { Value } from './values.ts';

/** Arrays and bags are equal by content, everything else by itself. */
export function keyOf(value: Value): Value {
  return Array.isArray(value) || isBag(value) ? `\u0000${JSON.stringify(value)}` : value;
}

/** The values of one key below those of the keys before it; at the last key, the groups' numbers. */
interface Level {
  readonly next: Map<Value, Level>;
  /** Without a level of their own: an operation's id is another in nearly every row. */
  readonly groups: Map<Value, number>;
  /** Where the last row went: rows come in order of time, and mostly of one version. */
  lastKey: Value;
  lastNext: Level | undefined;
}

function newLevel(): Level {
  return { next: new Map(), groups: new Map(), lastKey: null, lastNext: undefined };
}

/**
 * Sorts rows into groups by several keys, numbered in order of first appearance. One map per key: joining
 * the keys into one text for each row costs more than the lookups.
 */
export class Grouping {
  /** The keys of each group, and room for more; none when `width` is 0. */
  readonly rows: Value[][] = [];
  readonly #root = newLevel();
  readonly #reads: readonly Read[];
  readonly #width: number;
  #groups = 0;

  /** @param width of each group's row: its keys, and room behind them. 0: only numbers are asked for. */
  constructor(reads: readonly Read[], width = reads.length) {
    this.#reads = reads;
    this.#width = width;
  }

  /** The number of the row's group, which is made when the row is its first. */
  indexOf(row: Row): number {
    const last = this.#reads.length - 1;
    let level = this.#root;
    for (let index = 0; index < last; index += 1) {
      const key = keyOf(this.#reads[index]?.(row) ?? null);
      level = nextOf(level, key) ?? addTo(level, key);
    }
    const key = keyOf(this.#reads[last]?.(row) ?? null);
    let group = level.groups.get(key);
    if (group === undefined) {
      group = this.#groups;
      this.#groups += 1;
      if (this.#width > 0) this.rows.push(this.#newRow(row));
      level.groups.set(key, group);
    }
    return group;
  }

  /** The number of the group with the keys that `reads` gives; undefined without one, or for a null. */
  find(reads: readonly Read[], row: Row): number | undefined {
    const last = reads.length - 1;
    let level: Level | undefined = this.#root;
    for (let index = 0; index < last; index += 1) {
      const value = reads[index]?.(row) ?? null;
      level = value === null ? undefined : nextOf(level, keyOf(value));
      if (level === undefined) return undefined;
    }
    const value = reads[last]?.(row) ?? null;
    return value === null ? undefined : level.groups.get(keyOf(value));
  }

  #newRow(row: Row): Value[] {
    const values = new Array<Value>(this.#width).fill(null);
    for (let slot = 0; slot < this.#reads.length; slot += 1) {
      values[slot] = this.#reads[slot]?.(row) ?? null;
    }
    return values;
  }
}

function nextOf(level: Level, key: Value): Level | undefined {
  if (level.lastNext !== undefined && level.lastKey === key) return level.lastNext;
  const next = level.next.get(key);
  if (next === undefined) return undefined;
  level.lastKey = key;
  level.lastNext = next;
  return next;
}

function addTo(level: Level, key: Value): Level {
  const next = newLevel();
  level.next.set(key, next);
  return next;
}

/** The OData filters that the store's adapters send: one partition, a range of keys, plain comparisons. */
import type { Entity } from './tables.ts';

export interface Filter {
  readonly partitionKey: string;
  /** `from` <= RowKey < `to`. */
  readonly fromRowKey: string;
  readonly toRowKey: string | undefined;
  readonly others: readonly Comparison[];
}

interface Comparison {
  readonly name: string;
  readonly operator: string;
  readonly value: string | number;
}

const COMPARISON = /(\w+) (eq|ge|gt|le|lt) (?:'((?:[^']|'')*)'|datetime'([^']*)')(?: and |$)/gy;

/** @throws TypeError for what the simulated service does not understand: it must not guess. */
export function parseFilter(text: string): Filter {
  let partitionKey: string | undefined;
  let fromRowKey = '';
  let toRowKey: string | undefined;
  const others: Comparison[] = [];
  let read = 0;
  for (const [whole, name = '', operator = '', quoted, date] of text.matchAll(COMPARISON)) {
    read += whole.length;
    const value = quoted?.replaceAll("''", "'") ?? Date.parse(date ?? '');
    if (name === 'PartitionKey' && operator === 'eq') partitionKey = String(value);
    else if (name === 'RowKey' && operator === 'ge') fromRowKey = String(value);
    else if (name === 'RowKey' && operator === 'lt') toRowKey = String(value);
    else if (name === 'RowKey') throw new TypeError(`not understood: ${text}`);
    else others.push({ name, operator, value });
  }
  if (partitionKey === undefined || read !== text.length)
    throw new TypeError(`not understood: ${text}`);
  return { partitionKey, fromRowKey, toRowKey, others };
}

export function matches({ others }: Filter, entity: Entity): boolean {
  return others.every((comparison) => holds(comparison, entity[comparison.name]));
}

function holds({ operator, value }: Comparison, found: unknown): boolean {
  const known = found instanceof Date ? found.getTime() : found;
  // A row without the property matches no comparison, as in Azure.
  if (typeof known !== typeof value) return false;
  const [one, other] = [known as string | number, value];
  switch (operator) {
    case 'eq':
      return one === other;
    case 'ge':
      return one >= other;
    case 'gt':
      return one > other;
    case 'le':
      return one <= other;
    default:
      return one < other;
  }
}

/**
 * Rows as a real table keeps them: sorted by RowKey within their partition, so that a range read costs
 * what it returns. Azurite's own store walks over every row of a table at each range read, which would
 * hide how Slipway's reads grow (or do not) with its history.
 */

export interface StoredDoc {
  readonly PartitionKey: string;
  readonly RowKey: string;
}

interface Partition<Doc> {
  /** Sorted. */
  readonly keys: string[];
  readonly docs: Map<string, Doc>;
}

export interface RowRange<Doc> {
  /** Undefined: every partition. */
  readonly partitionKey: string | undefined;
  /** Lowest key, and the first key that is too high. */
  readonly from: string;
  readonly below: string | undefined;
  /** Where a page before this one ended. */
  readonly after: { readonly partitionKey: string; readonly rowKey: string } | undefined;
  readonly matches: (doc: Doc) => boolean;
  readonly max: number;
}

/** Has the methods of the Loki collection that Azurite's table store calls. */
export class PartitionedTable<Doc extends StoredDoc> {
  readonly #partitions = new Map<string, Partition<Doc>>();
  #rows = 0;
  /** Rows that range reads walked over since the start. */
  walked = 0;

  get rows(): number {
    return this.#rows;
  }

  findOne({ PartitionKey, RowKey }: StoredDoc): Doc | null {
    return this.#partitions.get(PartitionKey)?.docs.get(RowKey) ?? null;
  }

  insert(doc: Doc): Doc {
    const partition = this.#partitions.get(doc.PartitionKey) ?? { keys: [], docs: new Map() };
    this.#partitions.set(doc.PartitionKey, partition);
    if (!partition.docs.has(doc.RowKey)) {
      partition.keys.splice(lowerBound(partition.keys, doc.RowKey), 0, doc.RowKey);
      this.#rows += 1;
    }
    partition.docs.set(doc.RowKey, doc);
    return doc;
  }

  update(doc: Doc): Doc {
    return this.insert(doc);
  }

  remove({ PartitionKey, RowKey }: StoredDoc): void {
    const partition = this.#partitions.get(PartitionKey);
    if (partition?.docs.delete(RowKey) !== true) return;
    partition.keys.splice(lowerBound(partition.keys, RowKey), 1);
    this.#rows -= 1;
    if (partition.keys.length === 0) this.#partitions.delete(PartitionKey);
  }

  /** Matching rows in key order, at most `max`. */
  read(range: RowRange<Doc>): Doc[] {
    const found: Doc[] = [];
    for (const partitionKey of this.#partitionsOf(range)) {
      const start = range.after?.partitionKey === partitionKey ? range.after.rowKey : range.from;
      if (this.#collect(partitionKey, { ...range, from: start }, found)) break;
    }
    return found;
  }

  /** Every row of one partition, in key order. */
  partition(partitionKey: string): Doc[] {
    const partition = this.#partitions.get(partitionKey);
    return (
      partition?.keys.map((key) => partition.docs.get(key)).filter((doc) => doc !== undefined) ?? []
    );
  }

  #partitionsOf({ partitionKey, after }: RowRange<Doc>): readonly string[] {
    if (partitionKey !== undefined) return this.#partitions.has(partitionKey) ? [partitionKey] : [];
    const from = after?.partitionKey ?? '';
    return [...this.#partitions.keys()].filter((key) => key >= from).sort();
  }

  /** True when there are enough. */
  #collect(partitionKey: string, range: RowRange<Doc>, found: Doc[]): boolean {
    const partition = this.#partitions.get(partitionKey);
    if (partition === undefined) return false;
    const { keys, docs } = partition;
    for (let at = lowerBound(keys, range.from); at < keys.length; at += 1) {
      const key = keys[at] ?? '';
      if (range.below !== undefined && key >= range.below) return false;
      this.walked += 1;
      const doc = docs.get(key);
      if (doc === undefined || !range.matches(doc)) continue;
      found.push(doc);
      if (found.length >= range.max) return true;
    }
    return false;
  }
}

/** Index of the first key that is not below this one. */
function lowerBound(keys: readonly string[], key: string): number {
  let [low, high] = [0, keys.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((keys[middle] ?? '') < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

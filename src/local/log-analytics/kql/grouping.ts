import type { Read, Row } from './relation.ts';
import { isBag } from './values.ts';
import type { Value } from './values.ts';

/** A group of rows with equal keys. */
export interface Group<State> {
  readonly keys: readonly Value[];
  readonly state: State;
}

interface Node<State> {
  readonly children: Map<Value, Node<State>>;
  group: Group<State> | undefined;
}

function newNode<State>(): Node<State> {
  return { children: new Map(), group: undefined };
}

/** Arrays and bags are equal by content, everything else by itself. */
export function keyOf(value: Value): Value {
  return Array.isArray(value) || isBag(value) ? `\u0000${JSON.stringify(value)}` : value;
}

/**
 * Sorts rows into groups by several keys, in order of first appearance. One map per key: joining the
 * keys into one text for each row costs more than the lookups.
 */
export class Grouping<State> {
  readonly groups: Group<State>[] = [];
  readonly #root: Node<State> = newNode();
  readonly #reads: readonly Read[];
  readonly #create: () => State;

  constructor(reads: readonly Read[], create: () => State) {
    this.#reads = reads;
    this.#create = create;
  }

  /** The state of the row's group, made when the row is its first. */
  stateOf(row: Row): State {
    let node = this.#root;
    for (const read of this.#reads) {
      const key = keyOf(read(row));
      let child = node.children.get(key);
      if (child === undefined) {
        child = newNode();
        node.children.set(key, child);
      }
      node = child;
    }
    node.group ??= this.#add(row);
    return node.group.state;
  }

  #add(row: Row): Group<State> {
    const group = { keys: this.#reads.map((read) => read(row)), state: this.#create() };
    this.groups.push(group);
    return group;
  }
}

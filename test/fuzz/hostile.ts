/** Hostile inputs for fast-check: corpus, noise, and valid documents with something wrong in them. */
import fc from 'fast-check';

import { CORPUS, HOSTILE_TEXTS, jsonText } from './corpus.ts';

const corpusText = fc.constantFrom(...HOSTILE_TEXTS);
const ODD_SIGNS = Array.from(`'"\\|;/%.$&?#{}[]()<>\0\r\n\t aZ09é`);
const noise = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.string({ unit: fc.constantFrom(...ODD_SIGNS), maxLength: 40 }),
);
const long = fc
  .tuple(
    fc.constantFrom('a', '0', '-', '.', '/', ' ', '"', '\\', 'é', '\u202e', '𝒳', '\ud800'),
    fc.constantFrom(100, 201, 1_001, 4_001, 20_000),
  )
  .map(([unit, times]) => unit.repeat(times));

/** A text that somebody put there on purpose. */
export const hostileText: fc.Arbitrary<string> = fc.oneof(
  { weight: 5, arbitrary: corpusText },
  { weight: 3, arbitrary: noise },
  { weight: 1, arbitrary: long },
  { weight: 2, arbitrary: fc.tuple(corpusText, corpusText).map((two) => two.join('')) },
);

/** A good text, a hostile one, or a good one with something hostile in front, behind or inside. */
export function spoilt(...good: readonly [string, ...string[]]): fc.Arbitrary<string> {
  const place = fc.constantFrom('before', 'after', 'inside', 'alone', 'good');
  return fc.tuple(fc.constantFrom(...good), hostileText, place).map(([text, bad, where]) => {
    const middle = Math.floor(text.length / 2);
    switch (where) {
      case 'before':
        return bad + text;
      case 'after':
        return text + bad;
      case 'inside':
        return text.slice(0, middle) + bad + text.slice(middle);
      case 'alone':
        return bad;
      case 'good':
        return text;
    }
  });
}

/** A value of JSON in a place where another was meant. */
export const hostileValue: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(...CORPUS.values) },
  { weight: 5, arbitrary: hostileText },
  { weight: 1, arbitrary: fc.double() },
  { weight: 1, arbitrary: fc.integer() },
  { weight: 2, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
);

interface Change {
  readonly at: number;
  readonly how: 'replace' | 'remove' | 'spoil' | 'add' | 'wrap' | 'repeat';
  readonly key: string;
  readonly value: unknown;
}

const change: fc.Arbitrary<Change> = fc.record({
  at: fc.nat(1_000),
  how: fc.constantFrom('replace', 'replace', 'remove', 'spoil', 'spoil', 'add', 'wrap', 'repeat'),
  key: fc.oneof(corpusText, fc.constantFrom('__proto__', 'constructor', 'prototype', 'id', 'key')),
  value: hostileValue,
});

/** A valid document, most often with one to three things wrong in it. */
export function spoiltJson(...good: readonly [unknown, ...unknown[]]): fc.Arbitrary<unknown> {
  return fc
    .tuple(fc.constantFrom(...good), fc.array(change, { maxLength: 3 }))
    .map(([value, changes]) => changes.reduce(changed, value));
}

/** The text of one: as JSON writes it, cut short, doubled, with something in front; or no JSON at all. */
export function spoiltJsonText(...good: readonly [unknown, ...unknown[]]): fc.Arbitrary<string> {
  const written = spoiltJson(...good).map(jsonText);
  return fc.oneof(
    { weight: 12, arbitrary: written },
    { weight: 1, arbitrary: fc.constantFrom(...CORPUS.texts) },
    { weight: 1, arbitrary: hostileText },
    {
      weight: 1,
      arbitrary: fc
        .tuple(written, fc.nat())
        .map(([text, at]) => text.slice(0, at % (text.length + 1))),
    },
    { weight: 1, arbitrary: fc.tuple(corpusText, written).map(([bad, text]) => bad + text) },
    {
      weight: 1,
      arbitrary: written.map((text) => text.replace(/^\{/, '{"__proto__":{"reason":"x"},')),
    },
    { weight: 1, arbitrary: written.map((text) => `${text.slice(0, -1)},${text.slice(1)}`) },
  );
}

/** Makes one change somewhere in a copy; the place is the n-th value, counted from the root. */
function changed(root: unknown, { at, how, key, value }: Change): unknown {
  const places = countValues(root);
  let left = at % places;
  const visit = (node: unknown): unknown => {
    const here = left === 0;
    left -= 1;
    if (here) return replaced(node);
    if (Array.isArray(node)) return node.flatMap((item) => listed(visit(item)));
    if (isLeaf(node)) return node;
    return Object.fromEntries(
      Object.entries(node)
        .map(([name, child]) => [name, visit(child)] as const)
        .filter(([, child]) => child !== GONE),
    );
  };
  const replaced = (node: unknown): unknown => {
    if (how === 'remove') return places === 1 ? null : GONE;
    if (how === 'wrap') return [node];
    if (how === 'repeat') return Array.from({ length: 60 }, () => node);
    if (how === 'spoil' && typeof node === 'string') {
      return typeof value === 'string' ? node + value : node + key;
    }
    if (how === 'add' && typeof node === 'object' && node !== null && !Array.isArray(node)) {
      return Object.fromEntries([...Object.entries(node), [key, value]]);
    }
    return value;
  };
  const done = visit(root);
  return done === GONE ? null : done;
}

const GONE = Symbol('removed');

function listed(item: unknown): unknown[] {
  return item === GONE ? [] : [item];
}

function countValues(node: unknown): number {
  if (isLeaf(node)) return 1;
  return 1 + Object.values(node).reduce<number>((sum, child) => sum + countValues(child), 0);
}

/** Dates stand in rows of a table. */
function isLeaf(node: unknown): node is Exclude<unknown, object> {
  return typeof node !== 'object' || node === null || node instanceof Date;
}

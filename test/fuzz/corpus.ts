/** The texts and values that were bad news for other parsers, by kind. All of it is data in corpus/. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';

function load<T>(name: string, schema: z.ZodType<T>): T {
  const url = new URL(`./corpus/${name}.json`, import.meta.url);
  return schema.parse(JSON.parse(readFileSync(url, 'utf8')));
}

const TEXTS = z.array(z.string()).min(1);

export const CORPUS = {
  kql: load('kql', TEXTS),
  odata: load('odata', TEXTS),
  paths: load('paths', TEXTS),
  unicode: load('unicode', TEXTS),
  words: load('words', TEXTS),
  /** Hosts that no webhook may reach. */
  privateHosts: load('private-hosts', TEXTS),
  /** Whole bodies and messages that are not what they should be. */
  texts: load('texts', TEXTS),
  /** Values of JSON that are not what they should be; see `BIG` for those that are a name. */
  values: load('values', z.array(z.unknown()).min(1)),
} as const;

/** Every text of the corpus that can stand in a field. */
export const HOSTILE_TEXTS: readonly string[] = [
  ...CORPUS.kql,
  ...CORPUS.odata,
  ...CORPUS.paths,
  ...CORPUS.unicode,
  ...CORPUS.words,
];

export const DEEP_LEVELS = 10_000;
const WIDE = 6_000;
const HUGE_CHARS = 40_000;

/** What is too big to be written down: the marker, as a JSON text, and what takes its place. */
const BIG: readonly (readonly [marker: string, text: string])[] = [
  ['"@deep@"', '['.repeat(DEEP_LEVELS) + ']'.repeat(DEEP_LEVELS)],
  ['"@deepObject@"', '{"a":'.repeat(DEEP_LEVELS) + '1' + '}'.repeat(DEEP_LEVELS)],
  ['"@wide@"', `[${'{},'.repeat(WIDE)}{}]`],
  ['"@huge@"', `"${'x'.repeat(HUGE_CHARS)}"`],
];

/** JSON text of a value whose markers are replaced; `JSON.stringify` itself cannot write deep values. */
export function jsonText(value: unknown): string {
  const text = JSON.stringify(value ?? null);
  if (!text.includes('"@')) return text;
  return BIG.reduce((done, [marker, big]) => done.replaceAll(marker, () => big), text);
}

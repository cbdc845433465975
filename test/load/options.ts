/** The command line of `npm run load`. */
import { parseArgs } from 'node:util';

export const SECTIONS = ['active', 'burst', 'readers', 'history', 'limits'] as const;
export type Section = (typeof SECTIONS)[number];

export interface LoadOptions {
  readonly only: ReadonlySet<Section>;
  /** Active releases, growing. */
  readonly active: readonly number[];
  /** Messages of the burst. */
  readonly starts: number;
  readonly readers: number;
  /** Finished releases, growing. */
  readonly finished: readonly number[];
  /** Turns of the clock that each step is measured for; the last one twice as many. */
  readonly turns: number;
  readonly subscriptions: number;
  /** What a query of Log Analytics takes. */
  readonly queryMs: number;
  readonly json: string | undefined;
}

export const USAGE = `npm run load -- [--only active,burst,readers,history,limits] [--active 10,100,1000]
  [--starts 10000] [--readers 200] [--finished 0,10000,100000] [--turns 2]
  [--subscriptions 20] [--query-ms 50] [--json FILE]`;

/** @throws Error that says which option is wrong */
export function readOptions(args: readonly string[]): LoadOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string', default: 'active,burst,readers,history' },
      active: { type: 'string', default: '10,100,1000' },
      starts: { type: 'string', default: '10000' },
      readers: { type: 'string', default: '200' },
      finished: { type: 'string', default: '0,10000,100000' },
      turns: { type: 'string', default: '2' },
      subscriptions: { type: 'string', default: '20' },
      'query-ms': { type: 'string', default: '50' },
      json: { type: 'string' },
    },
  });
  return {
    only: new Set(values.only.split(',').map(sectionOf)),
    active: numbers('active', values.active, 1),
    starts: number('starts', values.starts, 1),
    readers: number('readers', values.readers, 1),
    finished: numbers('finished', values.finished, 0),
    turns: number('turns', values.turns, 1),
    subscriptions: number('subscriptions', values.subscriptions, 1),
    queryMs: number('query-ms', values['query-ms'], 0),
    json: values.json,
  };
}

function sectionOf(text: string): Section {
  const section = SECTIONS.find((name) => name === text);
  if (section === undefined) {
    throw new Error(`--only ${text}: there is no such section; there are ${SECTIONS.join(', ')}`);
  }
  return section;
}

function numbers(name: string, text: string, least: number): number[] {
  return text.split(',').map((part) => number(name, part, least));
}

function number(name: string, text: string, least: number): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new Error(`--${name} ${text}: a whole number from ${least} on is expected`);
}

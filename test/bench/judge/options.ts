/** The command line of `npm run bench:judge`. */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';

export const PARTS = [
  'grid',
  'rollouts',
  'latency',
  'robustness',
  'watch',
  'probes',
  'cost',
] as const;
export type PartName = (typeof PARTS)[number];

export interface BenchOptions {
  readonly quick: boolean;
  readonly only: ReadonlySet<PartName>;
  readonly workers: number;
  readonly date: string | undefined;
  /** Undefined: written by a whole run, to docs/. */
  readonly json: string | undefined;
  readonly images: string | undefined;
}

export const USAGE = `npm run bench:judge -- [--quick] [--only ${PARTS.join('|')}] [--workers CORES] [--date DATE] [--json FILE] [--images FOLDER]
  --quick    a subset in under a minute
  --only     some parts only, with commas between them
  --workers  threads, one for each core by default; the figures do not depend on it
  --date     written into the file
  --json     the file for the figures; a whole run writes docs/benchmarks/judge.json
  --images   the folder for the charts; a whole run writes docs/images`;

/** @throws TypeError that says which option is wrong */
export function readOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string', default: PARTS.join(',') },
      workers: { type: 'string', default: String(availableParallelism()) },
      date: { type: 'string' },
      json: { type: 'string' },
      images: { type: 'string' },
    },
  });
  const { quick, only, workers, date, json, images } = values;
  const whole = !quick && only === PARTS.join(',');
  return {
    quick,
    only: new Set(only.split(',').map(partOf)),
    workers: workersOf(workers),
    date,
    json: json ?? (whole ? 'docs/benchmarks/judge.json' : undefined),
    images: images ?? (whole ? 'docs/images' : undefined),
  };
}

function partOf(text: string): PartName {
  const part = PARTS.find((name) => name === text);
  if (part !== undefined) return part;
  throw new TypeError(`--only ${text}: there is no such part; there are ${PARTS.join(', ')}`);
}

function workersOf(text: string): number {
  const workers = Number(text);
  if (/^\d{1,3}$/.test(text) && workers > 0) return workers;
  throw new TypeError(`--workers ${text}: a whole number from 1 to 999 is expected`);
}

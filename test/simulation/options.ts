/** What the command line may say. */
import os from 'node:os';
import { parseArgs } from 'node:util';

export interface SimulateOptions {
  readonly from: number;
  /** Infinity: until the minutes are over. */
  readonly seeds: number;
  /** Ends then, whatever is left; undefined: runs all seeds. */
  readonly minutes: number | undefined;
  readonly workers: number;
  readonly mutants: boolean;
  readonly verbose: boolean;
}

export const USAGE = `npm run simulate -- [--seeds 1000] [--from 1] [--minutes M] [--workers CORES] [--verbose] [--mutants]
  --seeds    how many stories, with --minutes as many as it takes; with --mutants, how many at most for each defect
  --from     the first seed
  --minutes  stop after so long
  --workers  threads, one for each core by default
  --verbose  print every event and the audit; needs --seeds 1 (with --mutants: what was seen)
  --mutants  make deliberate defects and show which promise sees each of them, and when`;

const SEEDS = 1_000;
const SEEDS_FOR_A_DEFECT = 60;

/** @throws TypeError with what is wrong, for people */
export function readOptions(args: readonly string[]): SimulateOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seeds: { type: 'string' },
      from: { type: 'string' },
      minutes: { type: 'string' },
      workers: { type: 'string' },
      mutants: { type: 'boolean', default: false },
      verbose: { type: 'boolean', default: false },
    },
  });
  const { mutants, verbose } = values;
  const minutes = whole('minutes', values.minutes);
  const seeds = whole('seeds', values.seeds) ?? usualSeeds(mutants, minutes);
  if (verbose && !mutants && seeds !== 1) {
    throw new TypeError('--verbose prints one story: add --seeds 1, and --from for which one');
  }
  return {
    from: whole('from', values.from) ?? 1,
    seeds,
    minutes,
    workers: whole('workers', values.workers) ?? os.availableParallelism(),
    mutants,
    verbose,
  };
}

function usualSeeds(mutants: boolean, minutes: number | undefined): number {
  if (mutants) return SEEDS_FOR_A_DEFECT;
  return minutes === undefined ? SEEDS : Infinity;
}

function whole(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (/^\d{1,9}$/.test(text) && value > 0) return value;
  throw new TypeError(`--${name} is "${text}": a whole number from 1 to 999999999 is expected`);
}

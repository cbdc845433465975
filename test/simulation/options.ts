/** What the command line may say. */
import os from 'node:os';
import { parseArgs } from 'node:util';

export interface SimulateOptions {
  readonly from: number;
  readonly seeds: number;
  /** Ends then, whatever is left; undefined: runs all seeds. */
  readonly minutes: number | undefined;
  readonly workers: number;
  readonly mutants: boolean;
  readonly verbose: boolean;
}

export const USAGE = `npm run simulate -- [--seeds 1000] [--from 1] [--minutes M] [--workers CORES] [--verbose] [--mutants]
  --seeds    how many stories; with --mutants, how many at most for each defect
  --from     the first seed
  --minutes  stop after so long
  --workers  threads, one for each core by default
  --verbose  print every event and the audit (for one seed)
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
  return {
    from: whole('from', values.from) ?? 1,
    seeds: whole('seeds', values.seeds) ?? (mutants ? SEEDS_FOR_A_DEFECT : SEEDS),
    minutes: whole('minutes', values.minutes),
    workers: whole('workers', values.workers) ?? os.availableParallelism(),
    mutants,
    verbose,
  };
}

function whole(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (/^\d{1,9}$/.test(text) && value > 0) return value;
  throw new TypeError(`--${name} is "${text}": a whole number from 1 to 999999999 is expected`);
}

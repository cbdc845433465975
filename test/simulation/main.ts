/** `npm run simulate`: many stories, one of them in full, or the defects that the checkers must see. */
import { runDefects } from './mutants/run-defects.ts';
import { type SimulateOptions, USAGE, readOptions } from './options.ts';
import { report } from './report.ts';
import { runMany } from './run-many.ts';
import { runSeed } from './run-story.ts';

async function main(args: readonly string[]): Promise<number> {
  let options: SimulateOptions;
  try {
    options = readOptions(args.filter((arg) => arg !== '--help'));
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${USAGE}\n`);
    return 2;
  }
  if (args.includes('--help')) {
    process.stdout.write(`${USAGE}\n`);
    return 0;
  }
  if (options.mutants) return (await runDefects(options)) ? 0 : 1;
  if (options.verbose) return tellOne(options.from);
  return (await runMany(options)) ? 0 : 1;
}

async function tellOne(seed: number): Promise<number> {
  const result = await runSeed(seed);
  const { log, audit, ends, violations, fingerprint } = result;
  process.stdout.write(`${log.join('\n')}\n${audit.join('\n')}\n`);
  const ending = violations.length === 0 ? `seed ${seed} keeps every promise` : report(result);
  process.stdout.write(`${ending}\nended: ${ends.join(', ')}\nfingerprint ${fingerprint}\n`);
  return violations.length === 0 ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));

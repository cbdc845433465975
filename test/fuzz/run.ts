/** All targets in turn, the table, and for each finding the input and the command that repeats it. */
import { inspect } from 'node:util';

import type { Finding, FuzzTarget, Report } from './engine.ts';
import { groups } from './targets.ts';
import { startWatchdog } from './watchdog.ts';

export const HELP = `npm run fuzz -- [--runs N] [--seed S] [--only NAME[,NAME]] [--path P]
  --runs  inputs of all targets together (default 120000)
  --seed  the same seed gives the same inputs
  --only  these targets alone; each gets as many inputs as in a run of all
  --path  the one input of a finding, with its --only and --seed`;

export interface FuzzOptions {
  readonly runs: number;
  readonly seed: number;
  readonly only: readonly string[] | undefined;
  readonly path: string | undefined;
  readonly print: (line: string) => void;
}

/** What is wrong with the options, for people; undefined: nothing. */
export function wrongOption({ runs, seed, only }: Omit<FuzzOptions, 'print'>): string | undefined {
  if (!Number.isSafeInteger(runs) || runs < 1)
    return '--runs: a whole number from 1 on is expected';
  if (!Number.isSafeInteger(seed)) return '--seed: a whole number is expected';
  const names = groups.flatMap(({ targets }) => targets.map(({ name }) => name));
  const unknown = only?.filter((name) => !names.includes(name)) ?? [];
  if (unknown.length === 0) return undefined;
  return `--only: no target ${unknown.join(', ')}; there are ${names.join(', ')}`;
}

/** @returns true when nothing was found */
export async function runAll(options: FuzzOptions): Promise<boolean> {
  const { runs, seed, only, path, print } = options;
  const all = groups.flatMap(({ targets }) => targets);
  const names = all.map(({ name }) => name);
  const shares = all.reduce((sum, { share }) => sum + share, 0);
  const command = `npm run fuzz -- --seed ${seed} --runs ${runs}`;
  const watchdog = startWatchdog(names, command);
  const started = performance.now();
  print(`seed ${seed}`);
  print(line(['target', 'inputs', 'accepted', 'refused', 'slowest ms']));
  const reports: Report[] = [];
  for (const group of groups) {
    const wanted = group.targets.filter(({ name }) => only?.includes(name) ?? true);
    if (wanted.length === 0) continue;
    await group.open?.();
    try {
      for (const one of wanted) {
        const report = await runOne(one, {
          runs: Math.ceil((runs * one.share) / shares),
          seed,
          path,
          beat: (input) => watchdog.beat(names.indexOf(one.name), input),
        });
        reports.push(report);
        print(row(report));
        if (report.finding !== undefined) print(tell(report.name, report.finding, command));
      }
    } finally {
      await group.close?.();
    }
  }
  await watchdog.stop();
  print(row(total(reports)));
  const found = reports.filter(({ finding }) => finding !== undefined);
  const seconds = Math.round((performance.now() - started) / 1_000);
  print(found.length === 0 ? `nothing found in ${seconds} s` : `${found.length} targets failed`);
  return found.length === 0;
}

async function runOne(
  one: FuzzTarget,
  order: { runs: number; seed: number; path: string | undefined; beat: (input: number) => void },
): Promise<Report> {
  let input = 0;
  return await one.fuzz({
    ...order,
    beat: () => order.beat((input += 1)),
  });
}

function total(reports: readonly Report[]): Report {
  const sum = (of: 'inputs' | 'accepted' | 'refused'): number =>
    reports.reduce((all, report) => all + report[of], 0);
  return {
    name: 'total',
    inputs: sum('inputs'),
    accepted: sum('accepted'),
    refused: sum('refused'),
    slowestMs: Math.max(0, ...reports.map(({ slowestMs }) => slowestMs)),
    finding: undefined,
  };
}

function row({ name, inputs, accepted, refused, slowestMs }: Report): string {
  return line([name, ...[inputs, accepted, refused, Math.ceil(slowestMs)].map(String)]);
}

function line([name = '', ...numbers]: readonly string[]): string {
  return name.padEnd(20) + numbers.map((text) => text.padStart(11)).join('');
}

const INPUT_CHARS_SHOWN = 2_000;

function tell(name: string, { error, input, path }: Finding, command: string): string {
  const shown = inspect(input, { depth: 12, maxStringLength: 500, maxArrayLength: 50 });
  return [
    `FOUND in ${name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    `  input: ${shown.slice(0, INPUT_CHARS_SHOWN)}`,
    `  again: ${command} --only ${name} --path ${path}`,
  ].join('\n');
}

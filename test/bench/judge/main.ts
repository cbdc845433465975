/** `npm run bench:judge`: the judge beside its peers and oracles. A report: it ends with 0 whatever the figures. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { grid } from './grid.ts';
import { PARTS, readOptions, USAGE, type BenchOptions, type PartName } from './options.ts';
import { fileText, goalsText, tableText, type Part } from './report.ts';
import type { Scenario } from './scenario.ts';
import { cost } from './scenario-cost.ts';
import { latency } from './scenario-latency.ts';
import { probes } from './scenario-probes.ts';
import { robustness } from './scenario-robustness.ts';
import { rollouts } from './scenario-rollouts.ts';
import { watch } from './scenario-watch.ts';

const SCENARIOS: Readonly<Record<PartName, Scenario>> = {
  grid,
  rollouts,
  latency,
  robustness,
  watch,
  probes,
  cost,
};

const startedMs = performance.now();
const say = (line: string): void => {
  const seconds = ((performance.now() - startedMs) / 1_000).toFixed(0);
  process.stderr.write(`${seconds} s: ${line}\n`);
};

async function main(args: readonly string[]): Promise<number> {
  if (args.includes('--help')) {
    process.stdout.write(`${USAGE}\n`);
    return 0;
  }
  let options: BenchOptions;
  try {
    options = readOptions(args);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${USAGE}\n`);
    return 2;
  }
  const parts = await runParts(options);
  tell(goalsText(parts.flatMap(({ result }) => result.goals)));
  await writeFiles(options, parts);
  say(`done, Node ${process.versions.node}, ${options.workers} threads`);
  return 0;
}

async function runParts({ quick, only, workers }: BenchOptions): Promise<Part[]> {
  const parts: Part[] = [];
  for (const wanted of PARTS.filter((part) => only.has(part))) {
    const scenario = SCENARIOS[wanted];
    say(wanted);
    const result = await scenario.run({ quick, workers, say });
    parts.push({ name: scenario.name, result });
    for (const table of result.tables) tell(tableText(table));
  }
  return parts;
}

async function writeFiles(
  { json, images, quick, date }: BenchOptions,
  parts: readonly Part[],
): Promise<void> {
  if (json !== undefined) {
    await mkdir(path.dirname(json), { recursive: true });
    await writeFile(json, fileText({ parts, quick, date, node: process.versions.node }));
  }
  if (images === undefined) return;
  await mkdir(images, { recursive: true });
  for (const { name, svg } of parts.flatMap(({ result }) => result.pictures ?? [])) {
    await writeFile(path.join(images, name), svg);
  }
}

function tell(text: string): void {
  process.stdout.write(`${text}\n\n`);
}

process.exitCode = await main(process.argv.slice(2));

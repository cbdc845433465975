/** `npm run bench:judge`: the judge beside its peers and oracles. A report: it ends with 0 whatever the figures. */
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { grid } from './grid.ts';
import { PARTS, readOptions, USAGE, type BenchOptions, type PartName } from './options.ts';
import { fileText, goalsText, tableText, type Part } from './report.ts';
import type { Scenario } from './scenario.ts';

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
    const scenario = await loadScenario(wanted);
    if (scenario === undefined) {
      say(`${wanted}: there is no such part yet`);
      continue;
    }
    say(wanted);
    const result = await scenario.run({ quick, workers, say });
    parts.push({ name: scenario.name, result });
    for (const table of result.tables) tell(tableText(table));
  }
  return parts;
}

/** `scenario-NAME.ts`, when it exists. */
async function loadScenario(part: PartName): Promise<Scenario | undefined> {
  if (part === 'grid') return grid;
  const address = new URL(`scenario-${part}.ts`, import.meta.url);
  if (!existsSync(address)) return undefined;
  const module: unknown = await import(address.href);
  const exported: readonly unknown[] = Object.values(module ?? {});
  const found = exported.find(isScenario);
  if (found !== undefined) return found;
  throw new Error(`scenario-${part}.ts exports no scenario.`);
}

function isScenario(value: unknown): value is Scenario {
  return (
    typeof value === 'object' &&
    value !== null &&
    'name' in value &&
    typeof value.name === 'string' &&
    'run' in value &&
    typeof value.run === 'function'
  );
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

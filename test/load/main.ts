/** `npm run load`: see docs/load.md. */
import { writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';

import { measureHistory } from './history.ts';
import { measureLimits } from './limits.ts';
import { readOptions, USAGE, type LoadOptions } from './options.ts';
import { runActive } from './run-active.ts';
import {
  activeTable,
  burstTable,
  foundLine,
  historyTable,
  limitsTable,
  readersTable,
} from './table.ts';

const HISTORY = { active: 20, calls: 30 };
const LIMIT_TURNS = 8;

const startedMs = Date.now();
const say = (line: string): void => {
  const seconds = ((Date.now() - startedMs) / 1_000).toFixed(0);
  process.stderr.write(`${seconds} s: ${line}\n`);
};

const args = process.argv.slice(2);
let options: LoadOptions;
try {
  options = readOptions(args.filter((arg) => arg !== '--help'));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}\n`);
  process.exit(2);
}
if (args.includes('--help')) {
  process.stdout.write(`${USAGE}\n`);
  process.exit(0);
}
process.exitCode = (await run(options)) ? 0 : 1;

/** True when nothing was lost or doubled, and no reader got an error. */
async function run({ json, ...chosen }: LoadOptions): Promise<boolean> {
  const { only, queryMs } = chosen;
  const parts: string[] = [];
  const tell = (title: string, ...texts: readonly string[]): void => {
    parts.push([`## ${title}`, ...texts].join('\n\n'));
    process.stdout.write(`${parts.at(-1) ?? ''}\n\n`);
  };
  const figures: Record<string, unknown> = {};
  let well = true;
  if (only.has('active') || only.has('burst') || only.has('readers')) {
    const active = await runActive({ ...chosen, json }, say);
    figures.active = active;
    if (active.active.length > 0) tell('Active releases', activeTable(active.active));
    if (active.burst !== undefined)
      tell('A burst of starts', burstTable(active.burst, active.found));
    if (active.readers !== undefined) tell('Readers', readersTable(active.readers));
    tell('Check', foundLine(active.found));
    well = active.found.problems.length === 0 && (active.readers?.figures.errors ?? 0) === 0;
  }
  if (only.has('history')) {
    say(`history: ${chosen.finished.join(', ')} finished releases`);
    const stages = await measureHistory({ ...HISTORY, finished: chosen.finished, queryMs: 0, say });
    figures.history = stages;
    tell('Cost against finished releases', historyTable(stages));
  }
  if (only.has('limits')) {
    const active = Math.max(...chosen.active);
    const limits = await measureLimits({ active, turns: LIMIT_TURNS, queryMs, say });
    figures.limits = limits;
    tell('One subscription, one workspace', limitsTable(limits));
  }
  const seconds = Math.round((Date.now() - startedMs) / 1_000);
  process.stdout.write(
    `${seconds} s on ${availableParallelism()} cores, Node ${process.versions.node}; Azurite with indexed tables, a lean Log Analytics answering in ${queryMs} ms.\n`,
  );
  if (json !== undefined) {
    const all = { ...figures, seconds, cores: availableParallelism() };
    await writeFile(json, `${JSON.stringify(all, undefined, 2)}\n`);
  }
  return well;
}

/**
 * `npm run crash`: kills real functions hosts hundreds of times, or breaks the ways between them and
 * their services, and checks that nothing was lost, doubled or left behind. Ends with 1 when something was.
 */
import { createWriteStream } from 'node:fs';
import { parseArgs } from 'node:util';

import { runFaults, SCENARIOS } from './faults/run-faults.ts';
import { reportLines } from './report.ts';
import { runKills } from './run-kills.ts';

const USAGE = `npm run crash -- [--kills 300] [--minutes 8] [--seed 1] [--sites 5] [--releases N] [--log FILE]
npm run crash -- --faults [--only TEXT] [--seed 1] [--log FILE]
  --faults    break the ways between hosts and services, instead of killing hosts
  --only      the scenarios whose name contains this:
${SCENARIOS.map(({ name }) => `              ${name}`).join('\n')}
  --log       a file for every line of every part`;

const OPTIONS = {
  kills: { type: 'string', default: '300' },
  minutes: { type: 'string', default: '8' },
  seed: { type: 'string', default: '1' },
  releases: { type: 'string', default: '100000' },
  sites: { type: 'string', default: '5' },
  faults: { type: 'boolean', default: false },
  /** Only scenarios whose name contains this. */
  only: { type: 'string', default: '' },
  /** Another bundle of the function app than dist/main.cjs. */
  main: { type: 'string' },
  /** A file for every line of every part. */
  log: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const;

const NUMBERS = ['kills', 'minutes', 'seed', 'releases', 'sites'] as const;

const { values, wrong } = readValues();

/** What is wrong is for people: no option is guessed. */
function readValues() {
  try {
    const read = parseArgs({ options: OPTIONS });
    return { values: read.values, wrong: wrongValue(read.values) };
  } catch (error) {
    const wrong = error instanceof Error ? error.message : String(error);
    return { values: parseArgs({ args: [], options: OPTIONS }).values, wrong };
  }
}

function wrongValue(read: Readonly<Record<(typeof NUMBERS)[number] | 'only', string>>) {
  const bad = NUMBERS.find((name) => !/^\d+(\.\d+)?$/.test(read[name]));
  if (bad !== undefined) return `--${bad} is "${read[bad]}": a number is expected`;
  if (SCENARIOS.some(({ name }) => name.includes(read.only))) return undefined;
  return `--only ${read.only}: no scenario has that in its name`;
}

const say = (line: string): void => console.log(line);

async function main(): Promise<number> {
  if (wrong !== undefined) {
    process.stderr.write(`${wrong}\n${USAGE}\n`);
    return 2;
  }
  if (values.help) {
    say(USAGE);
    return 0;
  }
  const file = values.log === undefined ? undefined : createWriteStream(values.log);
  const log = (line: string): void => {
    file?.write(`${new Date().toISOString()} ${line}\n`);
  };
  const shared = { seed: Number(values.seed), mainFile: values.main, log, tell: say };
  const problems = values.faults ? await breakWays(shared) : await killHosts(shared);
  return problems === 0 ? 0 : 1;
}

interface Shared {
  readonly seed: number;
  readonly mainFile: string | undefined;
  readonly log: (line: string) => void;
  readonly tell: (line: string) => void;
}

async function killHosts(shared: Shared): Promise<number> {
  const result = await runKills({
    ...shared,
    kills: Number(values.kills),
    minutes: Number(values.minutes),
    releases: Number(values.releases),
    sites: Number(values.sites),
  });
  for (const line of reportLines(result)) say(line);
  return result.checked.problems.length;
}

async function breakWays(shared: Shared): Promise<number> {
  const scenarios = SCENARIOS.filter(({ name }) => name.includes(values.only));
  const { problems, checked } = await runFaults({ ...shared, scenarios });
  say(
    `${scenarios.length} scenarios, ${checked.releases} releases, ${checked.auditRows} audit rows`,
  );
  say(`${checked.byLimit.length} releases were ended by a limit`);
  for (const release of checked.byLimit) say(`  ${release}`);
  say(`${problems.length} violations`);
  for (const problem of problems) say(`  ${problem}`);
  return problems.length;
}

process.exitCode = await main();

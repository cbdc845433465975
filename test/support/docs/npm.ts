/**
 * Stands in for `npm` while commands of the docs are run: writes down what was asked for, and lets the long
 * proofs take their options. What they do is for the tests that run them in their short form; the simulation
 * is short enough to be run.
 */
import { spawnSync } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Added to what the page asks for; the last one of an option counts. */
const INSTEAD: Readonly<Record<string, readonly [file: string, ...added: string[]]>> = {
  simulate: ['test/simulation/main.ts', '--seeds', '1'],
  crash: ['test/crash/main.ts', '--help'],
  load: ['test/load/main.ts', '--help'],
};

const asked = process.argv.slice(2);
appendFileSync(process.env.DOCS_NPM ?? '', `${JSON.stringify(asked)}\n`);

const [verb, script = '', ...written] = asked;
const instead = verb === 'run' ? INSTEAD[script] : undefined;
if (instead !== undefined) {
  const [file, ...added] = instead;
  const whole = written.includes('--mutants') ? ['--help'] : added;
  const args = [...written.filter((arg) => arg !== '--'), ...whole];
  const program = fileURLToPath(new URL(`../../../${file}`, import.meta.url));
  const { status } = spawnSync(process.execPath, [program, ...args], { stdio: 'inherit' });
  process.exitCode = status ?? 1;
}

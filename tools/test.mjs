// `npm test`: every check and every test. All of them run even when one fails, so that the list of
// problems is complete; the last line, `N passed, N failed`, counts each check as one.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { tally } from './tally.mjs';

const CHECKS = ['format:check', 'lint', 'types', 'types:page', 'build'];
const CHECK_LIMIT_MS = 5 * 60_000;
const TESTS_LIMIT_MS = 45 * 60_000;

const ROOT = path.resolve(import.meta.dirname, '..');
const { scripts } = readJson(path.join(ROOT, 'package.json'));

// The scripts' programs are started without npm and a shell in between: some shells do not pass on the
// signal that ends a program which hangs.
const PROGRAMS = {
  node: [],
  prettier: ['node_modules/prettier/bin/prettier.cjs'],
  eslint: ['node_modules/eslint/bin/eslint.js'],
  tsc: ['node_modules/typescript/bin/tsc'],
  vitest: ['node_modules/vitest/vitest.mjs'],
};

let current;
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    current?.kill(signal);
    process.exit(1);
  });
}

function readJson(file) {
  return JSON.parse(readFileSync(file, 'utf8'));
}

/** Runs a script of package.json and gives its exit code (1 when it did not end by itself). */
function run(script, { args = [], limitMs }) {
  const [program, ...written] = scripts[script].split(' ');
  const commandLine = [...PROGRAMS[program], ...written, ...args];
  process.stdout.write(`\n> ${script}: ${program} ${[...written, ...args].join(' ')}\n`);
  return new Promise((resolve) => {
    const stdio = ['ignore', 'inherit', 'inherit'];
    current = spawn(process.execPath, commandLine, { cwd: ROOT, stdio, timeout: limitMs });
    current.once('error', (error) => {
      process.stdout.write(`${script} did not start: ${error.message}\n`);
      resolve(1);
    });
    current.once('exit', (code, signal) => {
      if (signal !== null) process.stdout.write(`${script} was ended by ${signal}\n`);
      resolve(code ?? 1);
    });
  });
}

/** Vitest's report, or undefined when it did not get that far, which its exit code says too. */
function readReport(file) {
  try {
    return readJson(file);
  } catch {
    return undefined;
  }
}

async function runTests(args) {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'slipway-tests-'));
  const file = path.join(folder, 'report.json');
  try {
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
    const exitCode = await run('test:all', {
      args: [...reporters, ...args],
      limitMs: TESTS_LIMIT_MS,
    });
    return tally(readReport(file), exitCode);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const failedChecks = [];
for (const script of CHECKS) {
  if ((await run(script, { limitMs: CHECK_LIMIT_MS })) !== 0) failedChecks.push(script);
}
const tests = await runTests(process.argv.slice(2));

const passed = tests.passed + CHECKS.length - failedChecks.length;
const failed = tests.failed + failedChecks.length;
if (failedChecks.length > 0) process.stdout.write(`Failed checks: ${failedChecks.join(', ')}\n`);
if (tests.skipped > 0) process.stdout.write(`Skipped tests: ${tests.skipped}\n`);
process.exitCode = failed === 0 ? 0 : 1;
process.stdout.write(`${passed} passed, ${failed} failed\n`);

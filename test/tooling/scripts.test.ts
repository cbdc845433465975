// The scripts that `npm ci`, `npm start` and `npm test` stand on.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { describe, expect, it } from 'vitest';

const TOOLS = new URL('../../tools/', import.meta.url);

function runNode(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 10_000 });
}

describe('check-node', () => {
  const checkNode = fileURLToPath(new URL('check-node.mjs', TOOLS));
  const pretend = (node: string): string[] => [
    '--import',
    `data:text/javascript,Object.defineProperty(process,'versions',{value:{node:'${node}'}})`,
    checkNode,
  ];

  it.each(['18.20.4', '20.20.2', '23.11.0'])('refuses Node %s in one sentence', (node) => {
    const { status, stdout, stderr } = runNode(...pretend(node));
    expect(status).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^Slipway needs Node 24 .*, but this is Node .*install Node 24 .*\.\n$/);
    expect(stderr).toContain(node);
  });

  it.each(['24.0.0', '26.1.0'])('lets Node %s pass without a word', (node) => {
    expect(runNode(...pretend(node))).toMatchObject({ status: 0, stdout: '', stderr: '' });
  });
});

describe('prepare', () => {
  it('does nothing where the development dependencies are absent', () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'slipway-prepare-'));
    try {
      mkdirSync(path.join(folder, 'tools'));
      cpSync(new URL('prepare.mjs', TOOLS), path.join(folder, 'tools/prepare.mjs'));
      expect(runNode(path.join(folder, 'tools/prepare.mjs'))).toMatchObject({
        status: 0,
        stdout: '',
        stderr: '',
      });
      expect(readdirSync(folder)).toEqual(['tools']);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

interface Tally {
  tally: (report: unknown, exitCode: number) => { passed: number; failed: number; skipped: number };
}

describe('the count of a run', async () => {
  // JavaScript without types: the scripts of tools/ run before anything is built.
  const { tally } = (await import(new URL('tally.mjs', TOOLS).href)) as Tally;
  const file = (status: string, tests: string[]): object => ({
    status,
    assertionResults: tests.map((test) => ({ status: test })),
  });

  it.each([
    {
      what: 'passed, failed, skipped and planned tests are counted',
      report: {
        numPassedTests: 3,
        numFailedTests: 1,
        numPendingTests: 1,
        numTodoTests: 1,
        testResults: [file('failed', ['passed', 'failed'])],
      },
      exitCode: 1,
      counts: { passed: 3, failed: 1, skipped: 2 },
    },
    {
      what: 'a file that did not load is one failure',
      report: {
        numPassedTests: 3,
        numFailedTests: 0,
        testResults: [file('passed', ['passed']), file('failed', [])],
      },
      exitCode: 1,
      counts: { passed: 3, failed: 1, skipped: 0 },
    },
    {
      what: 'an error outside every test is one failure',
      report: { numPassedTests: 3, numFailedTests: 0, testResults: [file('passed', ['passed'])] },
      exitCode: 1,
      counts: { passed: 3, failed: 1, skipped: 0 },
    },
    {
      what: 'no report is one failure',
      report: undefined,
      exitCode: 1,
      counts: { passed: 0, failed: 1, skipped: 0 },
    },
  ])('$what', ({ report, exitCode, counts }) => {
    expect(tally(report, exitCode)).toEqual(counts);
  });
});

// `slipway judge` as a process: what it says of counts, and that bad counts get no verdict.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { VECTORS } from '../judge/vectors.ts';

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'slipway-judge-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function judge(text: string, ...args: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [MAIN, 'judge', '-', ...args],
      { cwd: folder, env: { PATH: process.env.PATH } },
      (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
    child.stdin?.end(text);
  });
}

type Row = readonly [number, number, number, number];

const lineOf = ([n, m, x, y]: Row): string =>
  JSON.stringify({
    canary: { requests: n, failures: x },
    baseline: { requests: m, failures: y },
  });
const VECTOR_LINES = VECTORS.map(({ counts }) => lineOf(counts)).join('\n');

interface Said {
  readonly harm: number;
  readonly certify: number;
  readonly verdict: string;
}
const said = ({ stdout }: Ended): Said[] =>
  stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Said);

describe('counts', () => {
  it('give the log e-values of the reference, one object a bin', async () => {
    const ended = await judge(VECTOR_LINES, '--json', '--margin-delta', '0.001');
    expect(ended.code).toBe(0);
    const lines = said(ended);
    expect(lines).toHaveLength(VECTORS.length);
    for (const [index, { harmDefaults, certify }] of VECTORS.entries()) {
      expect(lines[index]?.harm).toBeCloseTo(harmDefaults, 9);
      expect(lines[index]?.certify).toBeCloseTo(certify, 9);
    }
  });

  it('give those of the affine null, with overdispersion', async () => {
    const options = ['--rho', '1.1', '--delta', '0.0002', '--phi', '2', '--horizon', '60'];
    const lines = said(await judge(VECTOR_LINES, '--json', ...options));
    for (const [index, { harmAffine }] of VECTORS.entries()) {
      expect(lines[index]?.harm).toBeCloseTo(harmAffine, 9);
    }
  });

  it('harm is latched, whatever comes after it', async () => {
    const good = Array.from({ length: 30 }, () => lineOf([500, 9_500, 0, 40]));
    const lines = said(await judge([VECTOR_LINES, ...good].join('\n'), '--json'));
    const first = lines.findIndex(({ verdict }) => verdict === 'harm');
    expect(first).toBe(3);
    expect(new Set(lines.slice(first).map(({ verdict }) => verdict))).toEqual(new Set(['harm']));
    expect(lines.at(-1)?.harm).toBeLessThan(lines[6]?.harm ?? 0);
  });

  it('certified is not latched', async () => {
    const good = Array.from({ length: 60 }, () => lineOf([2_000, 18_000, 2, 18]));
    const first = said(await judge(good.join('\n'), '--json')).findIndex(
      ({ verdict }) => verdict === 'certified',
    );
    expect(first).toBeGreaterThan(0);
    const worse = [...good.slice(0, first + 1), lineOf([2_000, 18_000, 6, 18])];
    expect(said(await judge(worse.join('\n'), '--json')).at(-1)?.verdict).toBe('undecided');
  });

  it('without a canary are no data', async () => {
    const lines = said(await judge(lineOf([0, 100, 0, 1]), '--json'));
    expect(lines).toMatchObject([{ harm: 0, verdict: 'no-data' }]);
  });

  it('are summed up in words for people', async () => {
    const { stdout, code } = await judge(VECTOR_LINES);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^harm after 7 bins, since bin 4\nThe canary fails 2\.3 % of requests /);
    expect(stdout).toContain(', the baseline 0.14 % (');
    expect(stdout).toMatch(/; between [\d.]+ and [\d.]+ times as often; the chance of evidence/);
  });

  it('are told with what is missing while nothing is decided', async () => {
    const good = Array.from({ length: 5 }, () => lineOf([500, 9_500, 1, 10]));
    const { stdout } = await judge(good.join('\n'), '--margin-delta', '0.001');
    expect(stdout).toMatch(/^undecided after 5 bins\n/);
    expect(stdout).toMatch(
      /about [\d,]+ more canary requests, some \d+ min at the present traffic, until it can be/,
    );
  });

  it('are harm over a ceiling, whatever the baseline does', async () => {
    const failing = lineOf([1_000, 10_000, 60, 600]);
    expect(said(await judge(failing, '--json'))).toMatchObject([{ verdict: 'certified' }]);
    const { stdout } = await judge(failing, '--ceiling', '0.02');
    expect(stdout).toMatch(/^harm after 1 bin, since bin 1\n.* against a ceiling of 2 %, not/);
  });

  it('without a baseline are certified by the ceiling alone', async () => {
    const alone = lineOf([1_000, 0, 1, 0]);
    expect(said(await judge(alone, '--json'))).toMatchObject([{ verdict: 'undecided' }]);
    const [capped] = said(await judge(alone, '--json', '--ceiling', '0.02'));
    expect(capped?.verdict).toBe('certified');
  });
});

const GOOD = lineOf([10, 100, 0, 1]);
const timed = (start: string): string => JSON.stringify({ ...(JSON.parse(GOOD) as object), start });

describe('what no telemetry can be gets exit code 2 and no verdict', () => {
  it.each([
    ['negative', lineOf([10, 100, -1, 1]), 'line 1: canary.failures'],
    ['fractional', lineOf([10, 100.5, 1, 1]), 'line 1: baseline.requests'],
    ['no count', GOOD.replace('"requests":100,', ''), 'line 1: baseline.requests: is missing'],
    ['NaN', GOOD.replace('100', 'NaN'), 'line 1'],
    ['infinite', GOOD.replace('100', '1e999'), 'line 1: baseline.requests'],
    ['above 2^53', GOOD.replace('100', '9007199254740993'), 'line 1: baseline.requests'],
    ['more failures than requests', lineOf([10, 100, 11, 1]), 'line 1: canary.failures'],
    ['a count that is text', GOOD.replace('100', '"100"'), 'line 1: baseline.requests'],
    ['an arm that is missing', '{"canary":{"requests":1,"failures":0}}', 'line 1: baseline'],
    ['a line that is no JSON', `${GOOD}\nnope`, 'line 2'],
    ['an array', `${GOOD}\n[]`, 'line 2'],
    ['an empty file', '', 'it has no line'],
    ['only blank lines', '\n \n', 'it has no line'],
    [
      'a bin that comes twice',
      [timed('2026-01-05T09:00:00Z'), timed('2026-01-05T09:00:00Z')].join('\n'),
      'line 2: start',
    ],
    [
      'bins out of order',
      [timed('2026-01-05T09:01:00Z'), timed('2026-01-05T09:00:00Z')].join('\n'),
      'line 2: start',
    ],
    [
      'a start on some lines only',
      [timed('2026-01-05T09:00:00Z'), GOOD].join('\n'),
      'line 2: start',
    ],
  ])('%s', async (_what, text, where) => {
    const { code, stdout, stderr } = await judge(text);
    expect(stderr).toContain(where);
    expect(code).toBe(2);
    expect(stdout).toBe('');
  });

  it('every problem of every line is named', async () => {
    const { stderr } = await judge(
      [lineOf([1, 1, 2, 2]), 'nope', lineOf([1, -1, 0, 0])].join('\n'),
    );
    for (const where of [
      'line 1: canary.failures',
      'line 1: baseline.failures',
      'line 2',
      'line 3: baseline.requests',
    ]) {
      expect(stderr).toContain(where);
    }
  });

  it('a file of another kind is not repeated line by line', async () => {
    const { stderr } = await judge(Array.from({ length: 300 }, () => 'a,b,c').join('\n'));
    expect(stderr.trim().split('\n')).toHaveLength(102);
    expect(stderr).toContain('and 200 more');
  });

  it.each([
    ['--alpha', '0'],
    ['--beta', '1'],
    ['--rho', '-1'],
    ['--delta', 'x'],
    ['--phi', '0.5'],
    ['--horizon', '1.5'],
    ['--ceiling', '1'],
    ['--plan', 'fast'],
  ])('the option %s %s', async (option, value) => {
    const { code, stdout } = await judge(GOOD, option, value);
    expect(code).toBe(2);
    expect(stdout).toBe('');
  });

  it('more lines than a release has bins', async () => {
    const { code, stderr } = await judge(Array.from({ length: 20_001 }, () => GOOD).join('\n'));
    expect(code).toBe(2);
    expect(stderr).toContain('at most 20000');
  });

  it('a file that is not there', async () => {
    const ended = await new Promise<Ended>((resolve) => {
      execFile(process.execPath, [MAIN, 'judge', 'nowhere.jsonl'], (error, stdout, stderr) =>
        resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
      );
    });
    expect(ended.code).toBe(2);
    expect(ended.stderr).toContain('nowhere.jsonl');
  });
});

it('a file is read as standard input is', async () => {
  const file = path.join(folder, 'minutes.jsonl');
  writeFileSync(file, VECTOR_LINES);
  const ended = await new Promise<Ended>((resolve) => {
    execFile(process.execPath, [MAIN, 'judge', file, '--json'], (error, stdout, stderr) =>
      resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
    );
  });
  expect(ended.stdout).toBe((await judge(VECTOR_LINES, '--json')).stdout);
});

import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Seconds on a machine with nothing else to do; nothing here is about time. */
const PATIENCE_MS = 10 * 60_000;

/** The figures that a row must tell, in its order, and bounds so wide that no small sample leaves them. */
const ROWS: readonly (readonly [figure: string, bounds: readonly Bound[]])[] = [
  ['false rollback at alpha 1 %', [['≤', 2]]],
  ['missed harm in detectable cells', [['≤', 3]]],
  [
    'canary requests to rollback against the two-sample oracle',
    [
      ['≤', 1.4],
      ['≤', 1.8],
    ],
  ],
  ['canary requests against the oracle that knows both rates', [['≤', 1.7]]],
  ['failed canary requests against the two-sample oracle', [['≤', 1.4]]],
  [
    'fewer failed canary requests at equal false alarm',
    [
      ['≥', 3],
      ['≥', 3],
      ['≥', 2],
    ],
  ],
  [
    'whole rollout at 2,000/min and more',
    [
      ['≤', 120],
      ['≤', 2],
    ],
  ],
  [
    'latency ×1.25',
    [
      ['≤', 1_000],
      ['≤', 1_200],
      ['≤', 4_000],
    ],
  ],
  [
    'late harm ×5 at minute 30',
    [
      ['≤', 4],
      ['≤', 8],
    ],
  ],
  ['clustered failures, mean 10', [['≤', 8]]],
  [
    'harm after the swap against a ceiling',
    [
      ['≤', 16],
      ['≤', 4],
    ],
  ],
  ['probes at 5/s an arm', [['≤', 5]]],
  // Times: told, and not judged here.
  [
    'cost: folding a bin for one metric',
    [
      ['≤', Infinity],
      ['≤', Infinity],
    ],
  ],
];

type Bound = readonly ['≤' | '≥', number];

interface Told {
  readonly figure: string;
  readonly must: string;
  readonly value: string;
}

describe('npm run bench:judge -- --quick', () => {
  let folder = '';
  let stdout = '';
  let goals: readonly Told[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'slipway-bench-'));
    const json = path.join(folder, 'judge.json');
    stdout = await run(['--quick', '--json', json, '--images', folder]);
    goals = goalsIn(JSON.parse(await readFile(json, 'utf8')));
  }, PATIENCE_MS);

  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  it('tells every figure that the whole run tells, against the same limit', async () => {
    const whole = await readFile(path.join(ROOT, 'docs/benchmarks/judge.json'), 'utf8');
    const rows = (told: readonly Told[]) => told.map(({ figure, must }) => `${figure}: ${must}`);
    expect(rows(goals)).toEqual(rows(goalsIn(JSON.parse(whole))));
    expect(goals).toHaveLength(ROWS.length);
  });

  it.each(ROWS)('%s: figures that can be read, and none that is absurd', (figure, bounds) => {
    const row = goals.find((goal) => goal.figure.startsWith(figure));
    const found = figuresIn(row?.value ?? '');
    expect(found.length).toBeGreaterThanOrEqual(bounds.length);
    for (const [i, [sign, bound]] of bounds.entries()) {
      const value = found[i] ?? NaN;
      expect(sign === '≤' ? value <= bound : value >= bound, row?.value ?? '').toBe(true);
    }
  });

  it('prints them as a table, every row of it whole', () => {
    const at = stdout.lastIndexOf('\nGoals\n');
    const lines = stdout
      .slice(at)
      .split('\n')
      .filter((line) => line.startsWith('│'));
    const cells = lines.map((line) =>
      line
        .split('│')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
    const [head, ...rows] = cells;
    expect(head).toEqual(['figure', 'must', 'stretch', 'value', 'reached']);
    expect(rows.map(([figure, must, , value]) => [figure, must, value])).toEqual(
      goals.map(({ figure, must, value }) => [figure, must, value]),
    );
    for (const [, , , , reached] of rows) expect(['yes', 'NO', 'stretch']).toContain(reached);
    expect(stdout).not.toMatch(/NaN|undefined|Infinity/);
  });

  it('draws the chart', async () => {
    expect(await readdir(folder)).toContain('judge.svg');
    expect(await readFile(path.join(folder, 'judge.svg'), 'utf8')).toMatch(/^<svg [^]*<\/svg>\n$/);
  });
});

async function run(args: readonly string[]): Promise<string> {
  const main = path.join(ROOT, 'test/bench/judge/main.ts');
  return await new Promise((resolve, reject) => {
    const options = { cwd: ROOT, maxBuffer: 1 << 24 };
    execFile(process.execPath, [main, ...args], options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`${error.message}\n${stderr}`, { cause: error }));
    });
  });
}

function goalsIn(file: unknown): readonly Told[] {
  if (typeof file !== 'object' || file === null || !('goals' in file)) return [];
  return Array.isArray(file.goals) ? file.goals.filter(isTold) : [];
}

function isTold(goal: unknown): goal is Told {
  if (typeof goal !== 'object' || goal === null) return false;
  return ['figure', 'must', 'value'].every(
    (name) => typeof Reflect.get(goal, name) === 'string' && Reflect.get(goal, name) !== '',
  );
}

/** The numbers of `0.75 % (mean 0.16 %)`, in their order. */
function figuresIn(value: string): readonly number[] {
  const numbers = value.match(/\d[\d,]*(?:\.\d+)?/g) ?? [];
  return numbers.map((text) => Number(text.replaceAll(',', '')));
}

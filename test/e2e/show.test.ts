/** `npm start -- --once --json` as a user runs it: the whole main job on real processes. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';

const ROOT = path.resolve(import.meta.dirname, '../..');
const LIMIT_MS = 170_000;

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'slipway-show-'));
  // What `prestart` does.
  const build = spawnSync(process.execPath, ['build.mjs'], { cwd: ROOT, encoding: 'utf8' });
  expect(build.stderr).toBe('');
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function runShow(args: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['src/local/show.ts', ...args], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: LIMIT_MS,
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
}

it(
  'promotes the good version, takes the failing one back, and says so in JSON',
  async () => {
    const data = path.join(folder, 'data');
    const ended = await runShow(['--once', '--json', '--fresh', '--port', '0', '--data', data]);
    expect(ended.code, ended.stderr).toBe(0);
    const lines = ended.stdout.trimEnd().split('\n');
    const result: unknown = JSON.parse(lines.at(-1) ?? '');
    const id = expect.stringMatching(/^[0-9a-f]{20}-[0-9a-f]{19}$/) as string;
    expect(result).toEqual({
      releases: [
        {
          id,
          version: '2.0.0',
          phase: 'succeeded',
          weights: [10, 50, 0, 100],
          transitions: expect.any(Number) as number,
          auditVerified: true,
        },
        {
          id,
          version: '3.0.0',
          phase: 'rolled-back',
          weights: expect.arrayContaining([10, 0]) as number[],
          transitions: expect.any(Number) as number,
          auditVerified: true,
        },
      ],
      seconds: expect.any(Number) as number,
    });
    expect(ended.stderr).toContain('certified');
    expect(ended.stderr).toContain('swap proven by volumes');
    expect(ended.stderr.match(/chain verifies/g)).toHaveLength(2);
    expect(ended.stderr).not.toContain('\u001b');
  },
  LIMIT_MS,
);

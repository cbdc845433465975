// An error while the functions load gives an app without functions, and nobody says so (azure.md 8).
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const WORDS = [
  'type',
  'authLevel',
  'methods',
  'route',
  'queueName',
  'connection',
  'schedule',
] as const;
const BINDING = z.object({
  direction: z.enum(['in', 'out']),
  type: z.string(),
  authLevel: z.string().optional(),
  methods: z.array(z.string()).optional(),
  route: z.string().optional(),
  queueName: z.string().optional(),
  connection: z.string().optional(),
  schedule: z.string().optional(),
});
const FUNCTIONS = z.array(z.object({ name: z.string(), bindings: z.array(BINDING) }));

const folder = mkdtempSync(path.join(os.tmpdir(), 'slipway-bundle-'));
let functions: z.output<typeof FUNCTIONS> = [];

beforeAll(async () => {
  const outfile = path.join(folder, 'main.cjs');
  await build({
    entryPoints: [path.join(ROOT, 'src/main.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node22',
    format: 'cjs',
    external: ['@azure/functions-core'],
    logLevel: 'warning',
  });
  const script = fileURLToPath(new URL('./list-functions.ts', import.meta.url));
  // Not one setting of Slipway: the functions must register all the same.
  const env = { PATH: process.env.PATH };
  const listed = execFileSync(process.execPath, [script, outfile], { encoding: 'utf8', env });
  functions = FUNCTIONS.parse(JSON.parse(listed));
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** What is said of a function in one line. */
function line({ name, bindings }: (typeof functions)[number]): string {
  const trigger = bindings.find((binding) => binding.direction === 'in');
  return [name, ...WORDS.flatMap((word) => trigger?.[word] ?? [])].join(' ');
}

describe('the registered functions', () => {
  it('are these, with these bindings, though no setting is there', () => {
    expect(functions.map(line).toSorted()).toEqual([
      'clock timerTrigger %SLIPWAY_CLOCK_SCHEDULE%',
      'command-release httpTrigger function POST releases/{id}/{command}',
      'find-app httpTrigger function GET apps',
      'get-app httpTrigger function GET apps/{appKey}',
      'get-audit httpTrigger function GET releases/{id}/audit',
      'get-release httpTrigger function GET releases/{id}',
      'health httpTrigger anonymous GET health',
      'list-poison httpTrigger function GET poison',
      'list-releases httpTrigger function GET releases',
      'releases queueTrigger releases AzureWebJobsStorage',
      'releases-poison queueTrigger releases-poison AzureWebJobsStorage',
      'start-release httpTrigger function POST releases',
      'ticks queueTrigger ticks AzureWebJobsStorage',
      'ticks-poison queueTrigger ticks-poison AzureWebJobsStorage',
    ]);
  });

  it('are one a file, each registered at its end', () => {
    const files = readdirSync(path.join(ROOT, 'src/functions')).filter((file) =>
      file.endsWith('.ts'),
    );
    const registered = files.map((file) => {
      const text = readFileSync(path.join(ROOT, 'src/functions', file), 'utf8');
      return [...text.matchAll(/^app\.\w+\(/gm)].length;
    });
    expect(registered).toEqual(files.map(() => 1));
    expect(files).toHaveLength(functions.length);
  });

  it('ask for a key, all but health', () => {
    const open = functions.filter(({ bindings }) =>
      bindings.some((binding) => binding.authLevel === 'anonymous'),
    );
    expect(open.map(({ name }) => name)).toEqual(['health']);
  });
});

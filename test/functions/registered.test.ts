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

const LOCAL = {
  AzureWebJobsStorage: 'UseDevelopmentStorage=true',
  SLIPWAY_ARM_ENDPOINT: 'http://127.0.0.1:1',
  SLIPWAY_LOGS_ENDPOINT: 'http://127.0.0.1:2',
  SLIPWAY_SITES_ENDPOINT: 'http://127.0.0.1:3',
};

const folder = mkdtempSync(path.join(os.tmpdir(), 'slipway-bundle-'));
const bundle = path.join(folder, 'main.cjs');
/** Not one setting of Slipway: the functions must register all the same. */
let functions: z.output<typeof FUNCTIONS> = [];

beforeAll(async () => {
  await build({
    entryPoints: [path.join(ROOT, 'src/main.ts')],
    outfile: bundle,
    bundle: true,
    platform: 'node',
    target: 'node22',
    format: 'cjs',
    external: ['@azure/functions-core'],
    logLevel: 'warning',
  });
  functions = registeredWith({});
});

function registeredWith(settings: Readonly<Record<string, string>>): z.output<typeof FUNCTIONS> {
  const script = fileURLToPath(new URL('./list-functions.ts', import.meta.url));
  const env = { PATH: process.env.PATH, ...settings };
  const listed = execFileSync(process.execPath, [script, bundle], {
    ...{ encoding: 'utf8', env },
    // Where it says that settings are missing, which they are.
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return FUNCTIONS.parse(JSON.parse(listed));
}

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
      'apply-apps httpTrigger admin PUT apps',
      'clock timerTrigger %SLIPWAY_CLOCK_SCHEDULE%',
      'command-release httpTrigger function POST releases/{id}/{command}',
      'dashboard httpTrigger anonymous GET dashboard',
      'dashboard-file httpTrigger anonymous GET dashboard/{file}',
      'doctor httpTrigger function POST apps/{name}/doctor',
      'find-app httpTrigger function GET apps',
      'find-gate httpTrigger function GET gates',
      'get-app httpTrigger function GET apps/{appKey}',
      'get-apps-audit httpTrigger function GET apps/audit',
      'get-audit httpTrigger function GET releases/{id}/audit',
      'get-evidence httpTrigger function GET releases/{id}/evidence',
      'get-gate httpTrigger function GET gates/{releaseId}',
      'get-me httpTrigger function GET me',
      'get-openapi httpTrigger function GET openapi.json',
      'get-plan-schema httpTrigger function GET schemas/plan',
      'get-release httpTrigger function GET releases/{id}',
      'health httpTrigger function GET health',
      'list-poison httpTrigger function GET poison',
      'list-releases httpTrigger function GET releases',
      'probes queueTrigger probes AzureWebJobsStorage',
      'probes-poison queueTrigger probes-poison AzureWebJobsStorage',
      'releases queueTrigger releases AzureWebJobsStorage',
      'releases-poison queueTrigger releases-poison AzureWebJobsStorage',
      'remove-app httpTrigger admin DELETE apps/{name}',
      'start-release httpTrigger function POST releases',
      'test-notifications httpTrigger admin POST notifications/test',
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
      return [...text.matchAll(/^(?:app\.\w+|httpRoute|staticRoute)\(/gm)].length;
    });
    expect(registered).toEqual(files.map(() => 1));
    expect(files).toHaveLength(functions.length);
  });
});

/** Name, route and level of every HTTP function. */
function routes(settings: Readonly<Record<string, string>>): Map<string, string> {
  const entries = registeredWith(settings).flatMap(({ name, bindings }) => {
    const trigger = bindings.find(({ type }) => type === 'httpTrigger');
    return trigger === undefined ? [] : [[name, `${trigger.authLevel} ${trigger.route}`] as const];
  });
  return new Map(entries);
}

/** The files of the page are the same for everybody, and nobody is asked. */
const OPEN = new Map([
  ['dashboard', 'anonymous dashboard'],
  ['dashboard-file', 'anonymous dashboard/{file}'],
]);

describe('with SLIPWAY_AUTH', () => {
  const levelsOf = (found: ReadonlyMap<string, string>): Set<string> =>
    new Set([...found.values()].map((text) => text.split(' ')[0] ?? ''));
  const byKey = (): Map<string, string> => routes({});

  it.each([
    ['nothing', {}],
    ['function-keys', { SLIPWAY_AUTH: 'function-keys', ...LOCAL }],
    ['easy-auth, while App Service does not say that it is on', { SLIPWAY_AUTH: 'easy-auth' }],
    ['a word that is none', { SLIPWAY_AUTH: 'Anonymous', ...LOCAL }],
    ['anonymous in Azure', { SLIPWAY_AUTH: 'anonymous', AzureWebJobsStorage: 'x' }],
    [
      'anonymous with storage elsewhere',
      { ...LOCAL, SLIPWAY_AUTH: 'anonymous', AzureWebJobsStorage: 'x' },
    ],
    [
      'anonymous with an endpoint elsewhere',
      { ...LOCAL, SLIPWAY_AUTH: 'anonymous', SLIPWAY_ARM_ENDPOINT: 'http://example.com' },
    ],
  ])('%s every route asks for a key', (_what, settings) => {
    const found = routes(settings);
    expect(found).toEqual(byKey());
    const open = [...found].filter(([, text]) => text.startsWith('anonymous '));
    expect(new Map(open)).toEqual(OPEN);
  });

  it('anonymous on this machine none does', () => {
    const found = routes({ ...LOCAL, SLIPWAY_AUTH: 'anonymous' });
    expect([...found.keys()]).toEqual([...byKey().keys()]);
    expect(levelsOf(found)).toEqual(new Set(['anonymous']));
  });

  it('easy-auth every route is there twice: behind Easy Auth, and under keys/ with a key', () => {
    const found = routes({ SLIPWAY_AUTH: 'easy-auth', WEBSITE_AUTH_ENABLED: 'True' });
    const expected = [...byKey()].flatMap(([name, text]): [string, string][] => {
      const [level, route] = text.split(' ');
      if (OPEN.has(name)) return [[name, text]];
      return [
        [name, `anonymous ${route}`],
        [`${name}-by-key`, `${level} keys/${route}`],
      ];
    });
    expect(found).toEqual(new Map(expected));
  });
});

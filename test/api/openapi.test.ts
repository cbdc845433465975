// docs/openapi.json and what is made with it, held against the code: what registers itself, who may come in.
import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { Validator } from '@seriousme/openapi-schema-validator';
import { build } from 'esbuild';
import { afterAll, describe, expect, it } from 'vitest';
import { z } from 'zod';

import { PAGE_FILES } from '../../src/api/page-files.ts';
import { COMMANDS } from '../../src/release/event.ts';
import { GATES } from '../../src/release/gate.ts';
import { ENTRIES } from '../e2e/access-matrix.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const run = promisify(execFile);

const parameter = z.object({
  name: z.string(),
  in: z.enum(['path', 'query']),
  required: z.boolean(),
  schema: z.looseObject({ enum: z.array(z.string()).optional() }),
});
const operation = z.looseObject({
  operationId: z.string(),
  'x-slipway-right': z.union([z.string(), z.record(z.string(), z.array(z.string()))]),
  security: z.array(z.record(z.string(), z.array(z.string()))).optional(),
  parameters: z.array(parameter).default([]),
});
const document = z
  .looseObject({
    paths: z.record(z.string(), z.record(z.string(), operation)),
    security: z.array(z.record(z.string(), z.array(z.string()))),
  })
  .parse(JSON.parse(readFileSync(path.join(ROOT, 'docs/openapi.json'), 'utf8')));

const operations = Object.entries(document.paths).flatMap(([at, methods]) =>
  Object.entries(methods).map(([method, one]) => ({
    ...one,
    ...{ method: method.toUpperCase(), route: at.slice(1) },
  })),
);
const folder = mkdtempSync(path.join(os.tmpdir(), 'slipway-openapi-'));

afterAll(() => {
  rmSync(folder, { recursive: true });
});

const FUNCTIONS = z.array(
  z.object({
    name: z.string(),
    bindings: z.array(
      z.object({
        type: z.string(),
        authLevel: z.string().optional(),
        methods: z.array(z.string()).optional(),
        route: z.string().optional(),
      }),
    ),
  }),
);

/** As they register themselves with function keys, from a bundle. */
async function registered(): Promise<string[]> {
  const bundle = path.join(folder, 'main.cjs');
  await build({
    ...{ entryPoints: [path.join(ROOT, 'src/main.ts')], outfile: bundle, bundle: true },
    ...{ platform: 'node', target: 'node22', format: 'cjs', logLevel: 'warning' },
    external: ['@azure/functions-core'],
  });
  const script = path.join(ROOT, 'test/functions/list-functions.ts');
  const listed = execFileSync(process.execPath, [script, bundle], {
    ...{ encoding: 'utf8', env: { PATH: process.env.PATH } },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return FUNCTIONS.parse(JSON.parse(listed)).flatMap(({ name, bindings }) =>
    bindings
      .filter(({ type }) => type === 'httpTrigger')
      .map(
        ({ authLevel, methods = [], route }) =>
          `${name} ${methods.join()} ${route ?? ''} ${authLevel ?? ''}`,
      ),
  );
}

/** The level that the security of an operation asks for. */
function levelOf({ security = document.security }: z.output<typeof operation>): string {
  const schemes = security.flatMap((one) => Object.keys(one));
  if (schemes.length === 0) return 'anonymous';
  return schemes.includes('masterKey') ? 'admin' : 'function';
}

describe('docs/openapi.json', () => {
  it('is a valid OpenAPI 3.1 document', async () => {
    const validator = new Validator();
    const result = await validator.validate(path.join(ROOT, 'docs/openapi.json'));
    expect(result.valid ? [] : result.errors).toEqual([]);
    expect(validator.version).toBe('3.1');
  });

  it('has every route that registers itself with its method and its keys, and nothing else', async () => {
    const described = operations.map(
      (one) => `${one.operationId} ${one.method} ${one.route} ${levelOf(one)}`,
    );
    expect(described.toSorted()).toEqual((await registered()).toSorted());
  });

  it('asks for the rights that really let somebody in', () => {
    const described = operations.flatMap(({ operationId, 'x-slipway-right': right }) =>
      typeof right === 'string'
        ? [`${operationId} ${right === 'none' ? 'open' : right}`]
        : Object.entries(right).flatMap(([one, commands]) =>
            commands.map((command) => `${operationId} ${command} ${one}`),
          ),
    );
    const real = ENTRIES.map(({ name, path: at, right }) => {
      const command = name === 'command-release' ? ` ${at.split('/').at(-1) ?? ''}` : '';
      return `${name}${command} ${right}`;
    });
    expect([...new Set(described)].toSorted()).toEqual([...new Set(real)].toSorted());
  });

  it('has the parameters of each path, and the words that they may be', () => {
    for (const { route, parameters } of operations) {
      const inPath = [...route.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const told = parameters.filter((one) => one.in === 'path');
      expect({ route, names: told.map(({ name }) => name) }).toEqual({ route, names: inPath });
    }
    const wordsOf = (name: string): (readonly string[] | undefined)[] =>
      operations
        .flatMap(({ parameters }) => parameters.filter((one) => one.name === name))
        .map(({ schema }) => schema.enum);
    expect(wordsOf('command')).toEqual([COMMANDS]);
    expect(wordsOf('for')).toEqual([GATES, GATES]);
    expect(wordsOf('file')).toEqual([PAGE_FILES]);
  });

  it('is, with the tables of docs/api.md and the schema of plans, as the code says', async () => {
    const script = path.join(ROOT, 'tools/openapi.mjs');
    const { stdout } = await run(process.execPath, [script, '--check'], { cwd: ROOT });
    expect(stdout).toBe('all as the code says\n');
  });
});

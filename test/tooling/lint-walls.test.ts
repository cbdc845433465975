// The walls stand: each has one deliberately wrong piece of code that the real configuration refuses,
// and one right piece that it lets pass.
import { ESLint } from 'eslint';
import tseslint from 'typescript-eslint';
import { describe, expect, it, vi } from 'vitest';

// The first use loads the compiler, which takes seconds on a busy machine.
vi.setConfig({ testTimeout: 120_000 });

const typed = new ESLint();
// Files that do not exist have no types: the same configuration with only the typed rules taken out.
const untyped = new ESLint({ overrideConfig: [tseslint.configs.disableTypeChecked] });

/** The rules that `code` breaks when it stands in the file `filePath`. */
async function rulesBroken(filePath: string, code: string, eslint = untyped): Promise<string[]> {
  const [result] = await eslint.lintText(code, { filePath });
  return (result?.messages ?? []).map(({ ruleId, message }) => ruleId ?? message);
}

/** `take('../x.ts')` imports a value, `takeType('../x.ts')` a type; both use what they import. */
const take = (from: string): string => `import { it } from '${from}';\nexport const its = it;\n`;
const takeType = (from: string): string =>
  `import type { It } from '${from}';\nexport type Its = It;\n`;

const WALLS: { file: string; wrong: string[]; right: string[] }[] = [
  {
    file: 'src/main.ts',
    wrong: [take('./app.ts'), take('@azure/functions')],
    right: ["import './functions/health.ts';\n"],
  },
  {
    file: 'src/functions/health.ts',
    wrong: [
      take('../release/plan.ts'),
      take('../controller/start.ts'),
      takeType('../judge/types.ts'),
      take('../config.ts'),
      take('@azure/data-tables'),
    ],
    right: [take('../app.ts'), take('../api/answer.ts'), take('@azure/functions')],
  },
  {
    file: 'src/app.ts',
    wrong: [take('./local/show.ts'), takeType('./local/show.ts')],
    right: [
      take('./config.ts'),
      take('./controller/tick.ts'),
      take('./adapters/store/store.ts'),
      take('@azure/identity'),
    ],
  },
  {
    file: 'src/config.ts',
    wrong: [take('./app.ts'), take('./controller/tick.ts')],
    right: [take('./limits.ts'), take('./release/errors.ts'), take('@azure/identity')],
  },
  {
    file: 'src/connection-string.ts',
    wrong: [take('./config.ts'), take('@azure/data-tables')],
    right: [take('./loopback.ts')],
  },
  {
    file: 'src/limits.ts',
    wrong: [take('./config.ts'), take('@azure/identity')],
    right: ['export const claimMs = 120_000;\n'],
  },
  {
    file: 'src/api/answer.ts',
    wrong: [
      take('../judge/judge.ts'),
      takeType('../controller/start.ts'),
      take('../app.ts'),
      takeType('@azure/functions'),
    ],
    right: [take('../release/errors.ts'), take('./contract.ts'), take('zod')],
  },
  {
    file: 'src/controller/tick.ts',
    wrong: [
      take('../judge/judge.ts'),
      take('../adapters/store/store.ts'),
      takeType('../adapters/store/store.ts'),
      take('../config.ts'),
      take('../api/contract.ts'),
      takeType('@azure/arm-appservice'),
    ],
    right: [
      take('../release/decide.ts'),
      takeType('../judge/types.ts'),
      takeType('./ports/clock.ts'),
      take('../limits.ts'),
    ],
  },
  {
    file: 'src/adapters/store/store.ts',
    wrong: [
      take('../app-service/swap.ts'),
      takeType('../app-service/swap.ts'),
      take('../shared.ts'),
      take('../../release/decide.ts'),
      take('../../controller/tick.ts'),
      takeType('../../controller/tick.ts'),
      take('../../config.ts'),
      takeType('../../api/contract.ts'),
    ],
    right: [
      take('./rows.ts'),
      take('../../controller/ports/store-errors.ts'),
      takeType('../../release/release.ts'),
      takeType('../../judge/types.ts'),
      takeType('../../config.ts'),
      take('../../limits.ts'),
      take('@azure/data-tables'),
      take('node:timers/promises'),
    ],
  },
  {
    file: 'src/release/decide.ts',
    wrong: [
      take('../controller/tick.ts'),
      takeType('../controller/ports/clock.ts'),
      takeType('../api/contract.ts'),
      take('../config.ts'),
      takeType('@azure/arm-appservice'),
      take('node:crypto'),
      take('commander'),
    ],
    right: [take('../judge/judge.ts'), take('../limits.ts'), take('./plan.ts'), take('zod')],
  },
  {
    file: 'src/release/hash.ts',
    wrong: [take('node:fs'), take('node:os')],
    right: [
      "import { createHash } from 'node:crypto';\nexport const sha = createHash('sha256');\n",
    ],
  },
  {
    file: 'src/judge/judge.ts',
    wrong: [
      take('../release/plan.ts'),
      takeType('../release/plan.ts'),
      takeType('../limits.ts'),
      take('node:crypto'),
      take('zod'),
    ],
    right: [take('./mixture.ts'), takeType('./types.ts')],
  },
  {
    file: 'src/dashboard/page.ts',
    wrong: [takeType('../release/release.ts'), take('../api/answer.ts')],
    right: [take('../api/contract.ts'), take('../api/contract/release.ts'), take('./bar.ts')],
  },
  {
    file: 'src/cli/main.ts',
    wrong: [take('../controller/tick.ts'), take('../api/answer.ts'), take('../local/show.ts')],
    right: [
      take('../api/contract.ts'),
      take('../judge/judge.ts'),
      take('../release/chain.ts'),
      take('../app.ts'),
      take('commander'),
    ],
  },
  {
    file: 'src/local/host/host.ts',
    wrong: [take('../../../test/support/world.ts')],
    right: [take('../../app.ts'), take('../shop/shop.ts'), take('@azure/data-tables')],
  },
];

describe('the walls of design section 7', () => {
  describe.each(WALLS)('$file', ({ file, wrong, right }) => {
    it.each(wrong)('may not: %s', async (code) => {
      expect(await rulesBroken(file, code)).toEqual(['slipway/walls']);
    });

    it.each(right)('may: %s', async (code) => {
      expect(await rulesBroken(file, code)).toEqual([]);
    });
  });

  it.each([
    ["export { it } from '../adapters/store/store.ts';\n", 're-export'],
    ["export * from '../adapters/store/store.ts';\n", 'star export'],
    ["export const it = await import('../adapters/store/store.ts');\n", 'dynamic import'],
  ])('see through every form of import: %s', async (code) => {
    expect(await rulesBroken('src/controller/tick.ts', code)).toEqual(['slipway/walls']);
  });

  it.each(['src/helpers/text.ts', 'src/helper.ts', 'src/adapters/shared.ts'])(
    'leave no room for a file without a layer: %s',
    async (file) => {
      expect(await rulesBroken(file, 'export const one = 1;\n')).toEqual(['slipway/walls']);
    },
  );

  it('stand around src only: a test may import anything', async () => {
    const code = take('../../src/local/show.ts') + takeType('../../src/adapters/store/store.ts');
    expect(await rulesBroken('test/e2e/show.test.ts', code)).toEqual([]);
  });
});

const HASH =
  "import { createHash } from 'node:crypto';\nexport const sha = createHash('sha256');\n";
const UUID = "import { randomUUID } from 'node:crypto';\nexport const id = randomUUID();\n";

const OWNED = [
  { rule: 'clock', code: 'export const at = Date.now();\n' },
  { rule: 'clock', code: 'export const at = new Date();\n' },
  { rule: 'clock', code: 'export const at = Date();\n' },
  { rule: 'clock', code: 'export const at = globalThis.Date.now();\n' },
  { rule: 'clock', code: 'export const { now } = Date;\n' },
  { rule: 'clock', code: 'export const at = performance.now();\n' },
  { rule: 'clock', code: 'export const at = process.hrtime.bigint();\n' },
  { rule: 'clock', code: take('node:perf_hooks') },
  { rule: 'environment', code: 'export const home = process.env.HOME;\n' },
  { rule: 'environment', code: "export const home = process['env'];\n" },
  { rule: 'environment', code: 'export const { env } = process;\n' },
  { rule: 'environment', code: take('node:process') },
  { rule: 'math-random', code: 'export const dice = Math.random();\n' },
  { rule: 'randomness', code: UUID },
  { rule: 'randomness', code: 'export const id = crypto.randomUUID();\n' },
  {
    rule: 'randomness',
    code: "import * as hashing from 'node:crypto';\nexport const it = hashing;\n",
  },
];

describe('what one place owns', () => {
  it.each(OWNED)('$rule is refused in the controller: $code', async ({ rule, code }) => {
    expect(await rulesBroken('src/controller/tick.ts', code)).toEqual([`slipway/${rule}`]);
  });

  it.each([
    ['src/adapters/store/store-clock.ts', 'export const at = Date.now() + performance.now();\n'],
    ['src/config.ts', 'export const { env } = process;\n'],
    ['src/cli/main.ts', 'export const { env } = process;\n'],
    ['src/adapters/store/store.ts', UUID],
    ['src/app.ts', UUID],
    ['src/local/shop/shop.ts', 'export const it = [Date.now(), Math.random(), process.env];\n'],
    ['test/e2e/show.test.ts', 'export const it = [Date.now(), Math.random(), process.env];\n'],
    ['src/controller/tick.ts', HASH],
    ['src/controller/tick.ts', 'export const at = new Date(0).toISOString();\n'],
  ])('passes in %s: %s', async (file, code) => {
    expect(await rulesBroken(file, code)).toEqual([]);
  });

  it.each([
    ['src/adapters/log-analytics/query.ts', 'export const at = Date.now();\n', 'clock'],
    ['src/app.ts', 'export const { env } = process;\n', 'environment'],
    ['src/adapters/store/store.ts', 'export const dice = Math.random();\n', 'math-random'],
    ['src/cli/main.ts', UUID, 'randomness'],
  ])('an owner of one thing does not own the others: %s', async (file, code, rule) => {
    expect(await rulesBroken(file, code)).toEqual([`slipway/${rule}`]);
  });

  it.each(['performance', 'process', 'crypto', 'globalThis', 'fetch', 'setTimeout', 'setInterval'])(
    'judge and release do not see %s',
    async (name) => {
      const code = `export const it = ${name};\n`;
      expect(await rulesBroken('src/judge/judge.ts', code)).toEqual(['no-restricted-globals']);
      expect(await rulesBroken('src/release/plan.ts', code)).toEqual(['no-restricted-globals']);
      expect(await rulesBroken('src/controller/tick.ts', code)).toEqual([]);
    },
  );
});

describe('the rules of every file', () => {
  const lines = (count: number): string => 'it();\n'.repeat(count);

  it.each([
    ['max-lines', `import { it } from './it.ts';\n${lines(400)}`],
    ['max-lines-per-function', `export function long(it: () => void): void {\n${lines(70)}}\n`],
    ['max-params', 'export const f = (a: 1, b: 1, c: 1, d: 1): number => a + b + c + d;\n'],
    ['no-restricted-exports', 'export default 1;\n'],
    ['no-console', "console.log('seen');\n"],
    ['unicorn/prefer-node-protocol', take('fs')],
    ['@typescript-eslint/no-explicit-any', 'export type It = any;\n'],
    ['@typescript-eslint/no-non-null-assertion', 'export const f = (it?: 1): 1 => it!;\n'],
    ['slipway/disable-reason', '/* eslint-disable */\nexport type It = any;\n'],
    [
      'slipway/disable-reason',
      '// eslint-disable-next-line @typescript-eslint/no-explicit-any\nexport type It = any;\n',
    ],
    ['slipway/disable-reason', 'export type It = any; // eslint-disable-line\n'],
  ])('%s', async (rule, code) => {
    expect(await rulesBroken('src/controller/tick.ts', code)).toEqual([rule]);
  });

  it.each(['src/controller/RunTick.ts', 'src/controller/run_tick.ts'])(
    'a file name is kebab-case: %s is not',
    async (file) => {
      expect(await rulesBroken(file, 'export const it = 1;\n')).toEqual(['unicorn/filename-case']);
    },
  );

  it('a disabled rule with its reason passes, one that disables nothing does not', async () => {
    const directive = '// eslint-disable-next-line @typescript-eslint/no-explicit-any -- ';
    const reason = 'the SDK types this as any\n';
    const file = 'src/controller/tick.ts';
    expect(await rulesBroken(file, `${directive}${reason}export type It = any;\n`)).toEqual([]);
    expect(await rulesBroken(file, `${directive}${reason}export type It = 1;\n`)).toEqual([
      expect.stringContaining('Unused eslint-disable directive'),
    ]);
  });

  it.each(['vitest.config.ts', 'eslint.config.mjs'])('%s may export a default', async (file) => {
    expect(await rulesBroken(file, 'export default 1;\n')).toEqual([]);
  });

  it('the typed rules are on: a switch that misses a case and an unhandled promise are refused', async () => {
    const code = [
      "export type Phase = 'queued' | 'ramping';",
      'export function f(phase: Phase): number {',
      "  switch (phase) { case 'queued': return 1; }",
      '  return 2;',
      '}',
      'export function g(it: Promise<void>): void { it; }',
    ].join('\n');
    // A file that exists, so that the compiler knows it; its text is replaced.
    const broken = await rulesBroken('src/judge/types.ts', code, typed);
    expect(broken).toContain('@typescript-eslint/switch-exhaustiveness-check');
    expect(broken).toContain('@typescript-eslint/no-floating-promises');
  });
});

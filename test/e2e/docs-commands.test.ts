/**
 * Every command of the docs is run: by a real bash, with the real `slipway`, against a real function app.
 * Stand-ins: `az` (refuses what the Azure CLI would not take, puts real messages), `npm` (its scripts must
 * exist; the long proofs only take their options), `git clone`, `zip`. Commands within sentences:
 * test/docs/inline-commands.test.ts.
 */
import { readdir, readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { createDocsWorld, type DocsWorld } from '../support/docs/docs-world.ts';
import {
  type FailedCommand,
  type Ran,
  runBlock,
  type Workplace,
} from '../support/docs/run-block.ts';
import { readPage } from '../support/docs/shell-blocks.ts';
import { startLocalWorld, type LocalWorld } from '../support/local/local-world.ts';

/** What must be before a block is run, by its place in the page; a page that is not here needs nothing. */
const GIVEN: Readonly<Record<string, Readonly<Record<number, 'freshShop' | 'bakingRelease'>>>> = {
  'README.md': { 1: 'freshShop' },
  'docs/api.md': { 1: 'bakingRelease' },
  'docs/ci.md': { 0: 'freshShop' },
  'docs/command-line.md': { 1: 'freshShop', 3: 'bakingRelease' },
  'docs/judge-command.md': { 0: 'bakingRelease' },
  'docs/migrating.md': { 0: 'freshShop' },
  'docs/quick-start.md': { 6: 'freshShop', 7: 'bakingRelease' },
  'docs/rescue.md': { 0: 'bakingRelease' },
  'docs/security.md': { 0: 'bakingRelease' },
};
const FRESH_SHOPS = Object.values(GIVEN).flatMap((blocks) => Object.keys(blocks)).length + 1;

/** A page shows all that can be done; one release cannot be in all the phases that it is done in. */
const ASKS = /^slipway (start|pause|resume|advance|promote|abort|rollback|acknowledge) /;
const NOT_NOW = /is refused while|expected sequence|holds the app/;
/** They tell how a release ended, and have nothing to complain of. */
const TELLS_AN_END = /^slipway (start|watch) /;
const REFUSED = { exitCode: 1, status: 409 } as const;
/** What ends with another code by what it says. */
const ENDS_WITH: readonly (readonly [RegExp, number])[] = [
  [/^slipway apps free /, 1],
  [/^slipway doctor /, 1],
  // The local world has intervals of a second, and a preset of a minute.
  [/^slipway judge --release .* --plan /, 2],
  // Nothing was swapped that could be swapped back.
  [/^slipway rescue .*--swap-back/, 1],
];
/** Answers that a page asks for to be refused: docs/access.md checks that nobody comes in. */
const STATUSES: Readonly<Record<string, readonly number[]>> = { 'docs/access.md': [401, 404] };

const root = new URL('../../', import.meta.url);
const pages = await pagesWithCommands();

async function pagesWithCommands(): Promise<readonly string[]> {
  const docs = (await readdir(new URL('docs', root))).filter((name) => name.endsWith('.md'));
  const all = ['README.md', 'CONTRIBUTING.md', ...docs.map((name) => `docs/${name}`)];
  const read = await Promise.all(all.map(async (page) => ({ page, ...(await readPage(page)) })));
  return read.filter(({ blocks }) => blocks.length > 0).map(({ page }) => page);
}

let world: LocalWorld;
let docs: DocsWorld;

beforeAll(async () => {
  const shops = Array.from({ length: FRESH_SHOPS }, (_, index) => `shop-${index + 1}`);
  world = await startLocalWorld({
    shops,
    // There are many shops, and one at a time has a release.
    visitsPerSecond: 10,
    settings: { SLIPWAY_APPS: 'registered' },
  });
  docs = createDocsWorld(world, shops);
  await docs.freshShop();
});

afterAll(async () => {
  await world.stop();
});

it('finds the commands of the docs', () => {
  expect(pages).toContain('README.md');
  expect(pages).toContain('docs/quick-start.md');
  expect(pages.length).toBeGreaterThan(12);
});

describe.each(pages)('%s', async (page) => {
  const { blocks, yaml } = await readPage(page);
  let place: Workplace;

  beforeAll(async () => {
    place = await docs.workplace(yaml);
  });

  it.each(blocks.map(({ script, line }, index) => ({ script, line, index })))(
    'line $line',
    { timeout: 240_000 },
    async ({ script, index }) => {
      const given = GIVEN[page]?.[index];
      if (given !== undefined) await docs[given]();
      const ran = await runBlock(docs.filledIn(script), place);
      expect(
        ran.failed.filter((one) => !isTold(one)),
        ran.output,
      ).toEqual([]);
      expect(wrongAnswers(page, ran), ran.output).toEqual([]);
      expect(ran.exitCode, ran.output).toBe(0);
    },
  );

  it('names scripts that there are', async () => {
    const { scripts } = JSON.parse(await readFile(new URL('package.json', root), 'utf8')) as {
      readonly scripts: Readonly<Record<string, string>>;
    };
    const known = ['ci', ...Object.keys(scripts).flatMap((name) => [`run ${name}`, name])];
    const called = await calls(place.env.DOCS_NPM ?? '');
    for (const call of called) {
      const name = call[0] === 'run' ? call.slice(0, 2).join(' ') : (call[0] ?? '');
      expect(known).toContain(name);
    }
  });
});

function isTold({ exitCode, command, said }: FailedCommand): boolean {
  if (exitCode === REFUSED.exitCode) {
    if (ASKS.test(command) && NOT_NOW.test(said)) return true;
    if (TELLS_AN_END.test(command) && !said.includes('slipway: ')) return true;
  }
  return ENDS_WITH.some(([pattern, code]) => code === exitCode && pattern.test(command));
}

function wrongAnswers(page: string, { statuses }: Ran): readonly number[] {
  const wanted = STATUSES[page];
  if (wanted !== undefined) return statuses.filter((status) => !wanted.includes(status));
  return statuses.filter((status) => status >= 400 && status !== REFUSED.status);
}

async function calls(file: string): Promise<readonly (readonly string[])[]> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as readonly string[]);
}
